import { AgentConfigurationError } from '../errors';
import { checkHttpAddress } from '../web/address';
import { lazyPart } from '../web/lazy-part';
import { requireHeaderText } from '../web/options';
import type { RequestPace } from '../web/request-pace';
import type { HfApiModelOptions } from './hf-api';
import type { Model, ModelPart, ModelRequest } from './model';
import {
  type ChatModelSettings,
  chatModelSettings,
  checkHeaders,
  checkSecret,
  checkText,
  shownSettings,
} from './model-options';
import { paceOf } from './request-pace';

const DEFAULT_MODEL_ID = 'Qwen/Qwen2.5-Coder-32B-Instruct';
const OWN_OPTIONS = ['modelId', 'provider', 'token', 'endpointUrl', 'billTo', 'headers'];

/** A chat model behind Hugging Face Inference Providers, or an Inference Endpoint. */
export class HfApiModel implements Model {
  readonly modelId: string;
  readonly spanName = 'HfApiModel';
  readonly #options: HfApiModelOptions;
  readonly #settings: ChatModelSettings;
  readonly #pace: RequestPace | undefined;

  constructor(options: HfApiModelOptions = {}) {
    this.#settings = chatModelSettings('HfApiModel', options, OWN_OPTIONS);
    for (const name of ['modelId', 'provider'] as const) checkText('HfApiModel', name, options[name]);
    if (options.billTo !== undefined) requireHeaderText('HfApiModel', 'billTo', options.billTo);
    if (options.endpointUrl !== undefined) checkHttpAddress('HfApiModel', 'endpointUrl', options.endpointUrl);
    checkHeaders('HfApiModel', options.headers);
    checkSecret('HfApiModel', 'token', options.token);
    if (options.provider !== undefined && options.endpointUrl !== undefined) {
      throw new AgentConfigurationError(
        `HfApiModel: provider is "${options.provider}" and endpointUrl is given as well; an endpoint has no provider, give one of the two`,
      );
    }
    this.modelId = options.modelId ?? DEFAULT_MODEL_ID;
    this.#options = options;
    this.#pace = paceOf(this.#settings);
  }

  async *generate(request: ModelRequest): AsyncGenerator<ModelPart> {
    const { generateByHfApi } = await lazyPart(this.spanName, () => import('./hf-api'), request.clock);
    const { modelId } = this;
    yield* generateByHfApi({ modelId, options: this.#options, settings: this.#settings, pace: this.#pace }, request);
  }

  /** Settings without token, headers and anything secret in the address. */
  toJSON(): Record<string, unknown> {
    const { provider, endpointUrl, billTo } = this.#options;
    const address = endpointUrl?.replace(/[?#].*$/s, '');
    const own = Object.entries({ modelId: this.modelId, provider, endpointUrl: address, billTo });
    return {
      class: 'HfApiModel',
      ...Object.fromEntries(own.filter(([, value]) => value)),
      ...shownSettings(this.#settings),
    };
  }
}

export { HfApiModel as InferenceClientModel };

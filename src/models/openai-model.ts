import { checkHttpAddress } from '../web/address';
import { lazyPart } from '../web/lazy-part';
import { refuseSetting, requireHeaderText } from '../web/options';
import type { RequestPace } from '../web/request-pace';
import type { Model, ModelPart, ModelRequest } from './model';
import {
  type ChatModelSettings,
  chatModelSettings,
  checkHeaders,
  checkSecret,
  checkText,
  shownSettings,
} from './model-options';
import type { OpenAIModelOptions } from './openai-api';
import { paceOf } from './request-pace';

const OWN_OPTIONS = ['modelId', 'apiBase', 'apiKey', 'organization', 'project', 'headers'];

/** A chat model behind any endpoint that speaks OpenAI's chat completions. */
export class OpenAIModel implements Model {
  readonly modelId: string;
  readonly spanName = 'OpenAIModel';
  readonly #options: OpenAIModelOptions;
  readonly #settings: ChatModelSettings;
  readonly #pace: RequestPace | undefined;

  constructor(options: OpenAIModelOptions) {
    this.#settings = chatModelSettings('OpenAIModel', options, OWN_OPTIONS);
    if (options.modelId === undefined) refuseSetting('OpenAIModel', 'modelId', undefined, 'the name of a model');
    checkText('OpenAIModel', 'modelId', options.modelId);
    if (options.apiBase !== undefined) checkHttpAddress('OpenAIModel', 'apiBase', options.apiBase, { paths: true });
    for (const name of ['organization', 'project'] as const) {
      if (options[name] !== undefined) requireHeaderText('OpenAIModel', name, options[name]);
    }
    checkHeaders('OpenAIModel', options.headers);
    checkSecret('OpenAIModel', 'apiKey', options.apiKey);
    this.modelId = options.modelId;
    this.#options = options;
    this.#pace = paceOf(this.#settings);
  }

  async *generate(request: ModelRequest): AsyncGenerator<ModelPart> {
    const { generateByOpenAI } = await lazyPart(this.spanName, () => import('./openai-api'), request.clock);
    const { modelId } = this;
    yield* generateByOpenAI({ modelId, options: this.#options, settings: this.#settings, pace: this.#pace }, request);
  }

  /** Settings without key, headers and anything secret in the address. */
  toJSON(): Record<string, unknown> {
    const { modelId, apiBase, organization, project } = this.#options;
    const address = apiBase?.replace(/[?#].*$/s, '');
    const own = Object.entries({ modelId, apiBase: address, organization, project }).filter(([, value]) => value);
    return { class: 'OpenAIModel', ...Object.fromEntries(own), ...shownSettings(this.#settings) };
  }
}

export { OpenAIModel as OpenAIServerModel };

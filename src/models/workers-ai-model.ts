import { lazyPart } from '../web/lazy-part';
import { refuseSetting } from '../web/options';
import type { RequestPace } from '../web/request-pace';
import type { Model, ModelPart, ModelRequest } from './model';
import { type ChatModelSettings, chatModelSettings, checkText, shownSettings } from './model-options';
import { paceOf } from './request-pace';
import type { WorkersAiModelOptions } from './workers-ai';

const DEFAULT_MODEL_ID = '@cf/meta/llama-3.3-70b-instruct-fp8-fast'; // of the models with function calling in the catalogue
const MAX_TOKENS = 2_048; // the service's own default is 256, which cuts most steps off

/**
 * A chat model of Workers AI, by the binding that a worker has (`[ai] binding = "AI"`): no key, no address. Written after the
 * service's documentation and tested against an object of the shapes named there; the service itself was never asked.
 */
export class WorkersAiModel implements Model {
  readonly modelId: string;
  readonly spanName = 'WorkersAiModel';
  readonly #options: WorkersAiModelOptions;
  readonly #settings: ChatModelSettings;
  readonly #pace: RequestPace | undefined;

  constructor(options: WorkersAiModelOptions) {
    this.#settings = chatModelSettings('WorkersAiModel', options, ['binding', 'modelId']);
    const { binding, modelId, parameters, flattenMessagesAsText = true } = options;
    if (typeof binding?.run !== 'function')
      refuseSetting('WorkersAiModel', 'binding', binding, 'the AI binding of the worker: `env.AI`');
    checkText('WorkersAiModel', 'modelId', modelId);
    this.#settings.flattenMessagesAsText = flattenMessagesAsText;
    this.#settings.parameters = { max_tokens: MAX_TOKENS, ...parameters };
    this.modelId = modelId ?? DEFAULT_MODEL_ID;
    this.#options = options;
    this.#pace = paceOf(this.#settings);
  }

  async *generate(request: ModelRequest): AsyncGenerator<ModelPart> {
    const { generateByWorkersAi } = await lazyPart(this.spanName, () => import('./workers-ai'), request.clock);
    const { modelId } = this;
    const { binding } = this.#options;
    yield* generateByWorkersAi({ modelId, binding, settings: this.#settings, pace: this.#pace }, request);
  }

  toJSON(): Record<string, unknown> {
    return { class: 'WorkersAiModel', modelId: this.modelId, ...shownSettings(this.#settings) };
  }
}

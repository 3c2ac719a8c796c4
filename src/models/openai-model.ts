import { checkHttpAddress } from '../web/address';
import { requireHeaderText } from '../web/options';
import { failureOf, openResponse } from '../web/response';
import { type CompletionCall, callModel, hideHeader, secretFrom } from './call-model';
import { readCompletion } from './completion';
import type { Model, ModelPart, ModelRequest } from './model';
import {
  type ChatModelOptions,
  type ChatModelSettings,
  chatModelSettings,
  checkHeaders,
  checkSecret,
  checkText,
  shownSettings,
} from './model-options';
import { RequestPace } from './request-pace';

export interface OpenAIModelOptions extends ChatModelOptions {
  modelId: string;
  /** Address in front of `/chat/completions`; in a page also a path of the same origin. Default `https://api.openai.com/v1`. */
  apiBase?: string;
  /** The key, or a function that gives it, called before every attempt. Absent: none is sent. */
  apiKey?: string | (() => string | Promise<string>);
  organization?: string;
  project?: string;
  /** Further headers; they win over the model's own. Their values are kept out of errors. */
  headers?: Readonly<Record<string, string>>;
}

const DEFAULT_API_BASE = 'https://api.openai.com/v1';
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
    checkText('OpenAIModel', 'modelId', options.modelId ?? '');
    if (options.apiBase !== undefined) checkHttpAddress('OpenAIModel', 'apiBase', options.apiBase, { paths: true });
    for (const name of ['organization', 'project'] as const) {
      if (options[name] !== undefined) requireHeaderText('OpenAIModel', name, options[name]);
    }
    checkHeaders('OpenAIModel', options.headers);
    checkSecret('OpenAIModel', 'apiKey', options.apiKey);
    this.modelId = options.modelId;
    this.#options = options;
    const perMinute = this.#settings.requestsPerMinute;
    this.#pace = perMinute === undefined ? undefined : new RequestPace(perMinute);
  }

  generate(request: ModelRequest): AsyncGenerator<ModelPart> {
    const complete = (call: CompletionCall) => this.#complete(call);
    return callModel({ modelId: this.modelId, settings: this.#settings, pace: this.#pace, complete }, request);
  }

  /** Settings without key, headers and anything secret in the address. */
  toJSON(): Record<string, unknown> {
    const { modelId, apiBase, organization, project } = this.#options;
    const address = apiBase?.replace(/[?#].*$/s, '');
    const own = Object.entries({ modelId, apiBase: address, organization, project }).filter(([, value]) => value);
    return { class: 'OpenAIModel', ...Object.fromEntries(own), ...shownSettings(this.#settings) };
  }

  async *#complete(call: CompletionCall): AsyncGenerator<Record<string, unknown>> {
    const { request, limits } = call;
    const headers = await this.#headers(call.hide);
    const body = JSON.stringify({ model: this.modelId, ...call.body });
    const address = addressOf(this.#options.apiBase ?? DEFAULT_API_BASE, call.hide);
    const response = await openResponse(request.fetch, address, { method: 'POST', headers, body }, limits);
    if (!response.ok) throw await failureOf(response, limits);
    yield* readCompletion(response, limits, call.onDone);
  }

  async #headers(hide: (secret: string) => void): Promise<Headers> {
    const { apiKey, organization, project, headers: further = {} } = this.#options;
    const headers = new Headers({ 'content-type': 'application/json' });
    const key = await secretFrom('apiKey', apiKey, hide);
    if (key) {
      headers.set('authorization', `Bearer ${key}`);
    }
    if (organization) headers.set('openai-organization', organization);
    if (project) headers.set('openai-project', project);
    for (const [name, value] of Object.entries(further)) {
      hideHeader(value, hide);
      headers.set(name, value);
    }
    return headers;
  }
}

/** `apiBase` with `/chat/completions` before its query, whose values are kept out of errors. */
function addressOf(apiBase: string, hide: (secret: string) => void): string {
  const [, path = '', query = ''] = /^([^?#]*)(.*)$/s.exec(apiBase) ?? [];
  for (const value of new URLSearchParams(query).values()) {
    hideHeader(value, hide);
    hideHeader(encodeURIComponent(value), hide);
  }
  return `${path.replace(/\/+$/, '')}/chat/completions${query}`;
}

export { OpenAIModel as OpenAIServerModel };

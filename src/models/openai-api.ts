import { showAddress } from '../web/address';
import { failureOf, openResponse } from '../web/response';
import { type ChatAdapter, type CompletionCall, callModel, hideHeader, secretFrom } from './call-model';
import { readCompletion } from './completion';
import type { ModelPart, ModelRequest } from './model';
import type { ChatModelOptions } from './model-options';

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

/** What an `OpenAIModel` is. */
export interface OpenAIApi extends Omit<ChatAdapter, 'complete'> {
  options: OpenAIModelOptions;
}

const DEFAULT_API_BASE = 'https://api.openai.com/v1';

/** One call of an `OpenAIModel`; see `callModel`. */
export function generateByOpenAI({ options, ...adapter }: OpenAIApi, request: ModelRequest): AsyncGenerator<ModelPart> {
  return callModel({ complete: (call) => complete(call, options), ...adapter }, request);
}

async function* complete(
  { request, limits, body, hide, onDone }: CompletionCall,
  options: OpenAIModelOptions,
): AsyncGenerator<Record<string, unknown>> {
  const headers = await headersOf(options, { hide, limits });
  const text = JSON.stringify({ model: options.modelId, ...body });
  const address = addressOf(options.apiBase ?? DEFAULT_API_BASE, hide);
  const response = await openResponse(request.fetch, address, { method: 'POST', headers, body: text }, limits);
  if (!response.ok) {
    const shown = URL.canParse(address) ? showAddress(address) : address.replace(/[?#].*$/s, '');
    throw await failureOf(response, limits, {
      not_found: `from ${shown}; is \`modelId\` one of its models, and \`apiBase\` all that stands before /chat/completions, /v1 included?`,
      ...(headers.has('authorization') ? {} : { auth: 'no `apiKey` was given' }),
    });
  }
  yield* readCompletion(response, limits, onDone);
}

async function headersOf(
  { apiKey, organization, project, headers: further = {} }: OpenAIModelOptions,
  call: Pick<CompletionCall, 'hide' | 'limits'>,
): Promise<Headers> {
  const { hide } = call;
  const headers = new Headers({ 'content-type': 'application/json' });
  const key = await secretFrom('apiKey', apiKey, call);
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

/** `apiBase` with `/chat/completions` before its query, whose values are kept out of errors. */
function addressOf(apiBase: string, hide: (secret: string) => void): string {
  const [, path = '', query = ''] = /^([^?#]*)(.*)$/s.exec(apiBase) ?? [];
  for (const value of new URLSearchParams(query).values()) {
    hideHeader(value, hide);
    hideHeader(encodeURIComponent(value), hide);
  }
  return `${path.replace(/\/+$/, '')}/chat/completions${query}`;
}

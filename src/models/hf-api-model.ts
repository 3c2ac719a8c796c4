import type { InferenceProviderOrPolicy } from '@huggingface/inference';
import { runtime } from '#runtime';
import { AgentConfigurationError, AgentError, AgentGenerationError } from '../errors';
import { checkHttpAddress } from '../web/address';
import type { Clock } from '../web/clock';
import type { Fetch } from '../web/fetch';
import { requireHeaderText } from '../web/options';
import { RequestFailure } from '../web/request-failure';
import { failureOf, openResponse, readText } from '../web/response';
import { type CompletionCall, callModel, hideHeader, secretFrom } from './call-model';
import { isEventStream, readCompletion } from './completion';
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

export interface HfApiModelOptions extends ChatModelOptions {
  /** Default `Qwen/Qwen2.5-Coder-32B-Instruct`; a name may end in `:provider`. */
  modelId?: string;
  /** Inference provider; `auto`, the default, takes the first of the account's own order. Not together with `endpointUrl`. */
  provider?: InferenceProviderOrPolicy;
  /** A token of Hugging Face (or a provider's own key), or a function that gives it, called before every attempt. Default `HF_TOKEN`. */
  token?: string | (() => string | Promise<string>);
  /** Address of an Inference Endpoint or of any server with chat completions, with or without `/v1/chat/completions`. */
  endpointUrl?: string;
  /** Organisation that is billed. */
  billTo?: string;
  /** Further headers of the completion request. Their values are kept out of errors. */
  headers?: Readonly<Record<string, string>>;
}

type Client = typeof import('@huggingface/inference');

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
    const perMinute = this.#settings.requestsPerMinute;
    this.#pace = perMinute === undefined ? undefined : new RequestPace(perMinute);
  }

  generate(request: ModelRequest): AsyncGenerator<ModelPart> {
    const complete = (call: CompletionCall) => this.#complete(call);
    return callModel({ modelId: this.modelId, settings: this.#settings, pace: this.#pace, complete }, request);
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

  async *#complete(call: CompletionCall): AsyncGenerator<Record<string, unknown>> {
    const { endpointUrl, billTo, provider } = this.#options;
    const accessToken = await this.#token(call.hide);
    const library = await this.#library(call.request.clock);
    const reply = new GuardedReply(call, this.#headers(call.hide));
    const client = new library.InferenceClient(accessToken, endpointUrl ? { endpointUrl } : {});
    const body = { ...call.body, model: this.modelId, ...(provider && { provider }) };
    // the body's signal is left to the fetch: the library gives none to its search for a provider
    const options = { fetch: reply.fetch, retry_on_error: false, ...(billTo && { billTo }) };
    try {
      if (call.request.stream) yield* client.chatCompletionStream(body, options);
      else yield { ...(await client.chatCompletion(body, options)) };
    } catch (error) {
      call.limits.signal.throwIfAborted();
      throw failureFrom(error, library);
    } finally {
      await reply.close(); // the library stops reading at [DONE] and leaves the body open
    }
  }

  /** Fetched in real time, which a virtual clock must not run past. */
  async #library(clock: Clock): Promise<Client> {
    const release = clock.hold?.();
    try {
      return await import('@huggingface/inference'); // 97 KB gzipped: only who asks pays
    } finally {
      release?.();
    }
  }

  async #token(hide: CompletionCall['hide']): Promise<string | undefined> {
    const token = (await secretFrom('token', this.#options.token, hide)) || runtime.environment('HF_TOKEN');
    if (token) hide(token);
    if (token || this.#options.endpointUrl) return token;
    const where = runtime.name === 'browser' ? 'give the option `token`' : 'set HF_TOKEN or give the option `token`';
    throw new AgentGenerationError(`HfApiModel has no token: ${where} (see https://huggingface.co/settings/tokens)`, {
      kind: 'auth',
    });
  }

  #headers(hide: CompletionCall['hide']): Readonly<Record<string, string>> {
    for (const value of Object.values(this.#options.headers ?? {})) hideHeader(value, hide);
    return this.#options.headers ?? {};
  }
}

/**
 * The run's fetch as the library gets it. Heads, bodies and failures are read here, by the same rules as for every
 * model; the library is handed what is left to understand, whole and in order.
 */
class GuardedReply {
  readonly #call: CompletionCall;
  readonly #headers: Readonly<Record<string, string>>;
  #objects: AsyncGenerator<Record<string, unknown>> | undefined;

  constructor(call: CompletionCall, headers: Readonly<Record<string, string>>) {
    this.#call = call;
    this.#headers = headers;
  }

  readonly fetch: Fetch = async (input, init = {}) => {
    const { request, limits, onDone } = this.#call;
    const address = input instanceof Request ? input.url : String(input);
    const isCompletion = init.method === 'POST'; // else it looks for a provider of the model
    const headers = new Headers(init.headers);
    if (isCompletion) for (const [name, value] of Object.entries(this.#headers)) headers.set(name, value);
    const response = await openResponse(request.fetch, address, { ...init, headers }, limits);
    if (!response.ok) throw await failureOf(response, limits);
    if (!isCompletion) return retold(providers(await readText(response, limits)), 'application/json');
    if (!request.stream && isEventStream(response)) {
      throw new RequestFailure('a stream came where a whole reply was asked for', {
        kind: 'bad_response',
        retryable: true,
      });
    }
    this.#objects = readCompletion(response, limits, onDone);
    if (request.stream) return retold(asEvents(this.#objects), 'text/event-stream');
    const { value } = await this.#objects.next();
    return retold(JSON.stringify({ ...LIBRARY_DEMANDS, ...value }), 'application/json');
  };

  async close(): Promise<void> {
    await this.#objects?.return(undefined);
  }
}

/** The Hub's word on who serves a model, if it is one: over anything else the library stumbles. */
function providers(text: string): string {
  if (text.includes('"inferenceProviderMapping"')) return text;
  throw new RequestFailure('the Hub knows no inference provider of this model', {
    kind: 'not_found',
    retryable: false,
  });
}

/** Keys without which the library refuses a completion, though some servers leave them out; empty, so that nobody reads them. */
const LIBRARY_DEMANDS = { id: '', created: 0, model: '', usage: null };

function retold(body: BodyInit, type: string): Response {
  return new Response(body, { headers: { 'content-type': type } });
}

/** The chunks as a body of events, one read each and none ahead of the reader, since an error would void what waits. */
function asEvents(objects: AsyncGenerator<Record<string, unknown>>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await objects.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(`data: ${JSON.stringify(value)}\n\n`));
      },
    },
    { highWaterMark: 0 },
  );
}

/** What the library itself refuses, in our words; what the guarded fetch threw comes through it unchanged. */
function failureFrom(error: unknown, library: Client): unknown {
  if (!(error instanceof Error) || isOurs(error)) return error;
  const { message } = error;
  if (error instanceof library.InferenceClientRoutingError) {
    const hint = 'without `provider`, the token must be one of Hugging Face (hf_...)';
    return new RequestFailure(`${message} (${hint})`, { kind: 'auth', retryable: false, cause: error });
  }
  const refused = error instanceof library.InferenceClientInputError;
  return new RequestFailure(message, {
    kind: refused ? 'bad_request' : 'bad_response',
    retryable: !refused,
    cause: error,
  });
}

function isOurs(error: Error): boolean {
  return error instanceof RequestFailure || error instanceof AgentError || error instanceof AgentConfigurationError;
}

export { HfApiModel as InferenceClientModel };

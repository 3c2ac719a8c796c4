import type { InferenceProviderOrPolicy } from '@huggingface/inference';
import { runtime } from '#runtime';
import { AgentConfigurationError, AgentError, AgentGenerationError } from '../errors';
import { showAddress } from '../web/address';
import type { Fetch } from '../web/fetch';
import { lazyPart } from '../web/lazy-part';
import { RequestFailure } from '../web/request-failure';
import { failureOf, openResponse, readText } from '../web/response';
import { type ChatAdapter, type CompletionCall, callModel, hideHeader, secretFrom } from './call-model';
import { isEventStream, readCompletion } from './completion';
import type { ModelPart, ModelRequest } from './model';
import type { ChatModelOptions } from './model-options';

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

/** What an `HfApiModel` is. */
export interface HfApi extends Omit<ChatAdapter, 'complete'> {
  options: HfApiModelOptions;
}

type Client = typeof import('@huggingface/inference');

/** One call of an `HfApiModel`; see `callModel`. */
export function generateByHfApi({ options, ...adapter }: HfApi, request: ModelRequest): AsyncGenerator<ModelPart> {
  return callModel({ complete: (call) => complete(call, adapter.modelId, options), ...adapter }, request);
}

async function* complete(
  call: CompletionCall,
  modelId: string,
  options: HfApiModelOptions,
): AsyncGenerator<Record<string, unknown>> {
  const { endpointUrl, billTo, provider } = options;
  const accessToken = await tokenOf(options, call);
  // 97 KB gzipped: only who asks pays
  const library = await lazyPart('@huggingface/inference', () => import('@huggingface/inference'), call.request.clock);
  const reply = new GuardedReply(call, headersOf(options, call.hide));
  const client = new library.InferenceClient(accessToken, endpointUrl ? { endpointUrl } : {});
  const body = { ...call.body, model: modelId, ...(provider && { provider }) };
  // the body's signal is left to the fetch: the library gives none to its search for a provider
  const given = { fetch: reply.fetch, retry_on_error: false, ...(billTo && { billTo }) };
  try {
    if (call.request.stream) yield* client.chatCompletionStream(body, given);
    else yield { ...(await client.chatCompletion(body, given)) };
  } catch (error) {
    call.limits.signal.throwIfAborted();
    throw failureFrom(error, library);
  } finally {
    await reply.close(); // the library stops reading at [DONE] and leaves the body open
  }
}

async function tokenOf(
  { token: given, endpointUrl }: HfApiModelOptions,
  call: Pick<CompletionCall, 'hide' | 'limits'>,
): Promise<string | undefined> {
  const token = (await secretFrom('token', given, call)) || runtime.environment('HF_TOKEN');
  if (token) call.hide(token);
  if (token || endpointUrl) return token;
  const where = runtime.name === 'browser' ? 'give the option `token`' : 'set HF_TOKEN or give the option `token`';
  throw new AgentGenerationError(`HfApiModel has no token: ${where} (see https://huggingface.co/settings/tokens)`, {
    kind: 'auth',
  });
}

function headersOf(
  { headers = {} }: HfApiModelOptions,
  hide: CompletionCall['hide'],
): Readonly<Record<string, string>> {
  for (const value of Object.values(headers)) hideHeader(value, hide);
  return headers;
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
    if (!response.ok) throw await failureOf(response, limits, { not_found: `from ${showAddress(address)}` });
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

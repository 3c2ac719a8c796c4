import { AgentConfigurationError, AgentError, type ErrorKind } from '../errors';
import type { Clock } from './clock';
import { within } from './deadline';
import type { Fetch } from './fetch';
import { isRecord } from './record';
import { RequestFailure } from './request-failure';
import { retryAfterMs } from './retry-after';

/** What bounds one request. Times are milliseconds on `clock`. */
export interface RequestLimits {
  clock: Clock;
  /** Aborted by whoever made the request as soon as it is done with it, so that the connection is freed. */
  signal: AbortSignal;
  /** Until the head of the response. */
  requestTimeoutMs: number;
  /** Between two reads of the body. */
  idleTimeoutMs: number;
  /** Longest body read, in bytes. */
  maxResponseBytes: number;
}

/** Statuses after which the same request may fare better; 529 is "overloaded" where it is used. */
const RETRIED = new Set([408, 409, 425, 429, 500, 502, 503, 504, 529]);
const MAX_ERROR_BYTES = 16_384; // of an error body; whoever shows it cuts it shorter, once secrets are out

/**
 * The head of the response to a request, whatever its status. Throws a `RequestFailure` (`network`, `timeout`), the
 * signal's reason, or the SDK's error of a fetch that refuses the address.
 */
export async function openResponse(
  fetch: Fetch,
  address: string,
  init: RequestInit,
  { clock, signal, requestTimeoutMs }: RequestLimits,
): Promise<Response> {
  let pending: Promise<Response> | undefined;
  const send = async () => {
    pending = fetch(address, { ...init, signal });
    return pending;
  };
  const late = () =>
    new RequestFailure(`no answer within ${requestTimeoutMs} ms`, { kind: 'timeout', retryable: true });
  try {
    return await within(send, { clock, timeoutMs: requestTimeoutMs, signal, late });
  } catch (error) {
    pending?.then((response) => response.body?.cancel()).catch(() => {}); // a fetch that heeds no signal answers late
    signal.throwIfAborted();
    if (error instanceof RequestFailure || isRefusal(error)) throw error;
    throw new RequestFailure(`no connection to ${originOf(address)}${corsHint(address)}`, {
      kind: 'network',
      retryable: true,
      cause: error, // the platform's words are no help: workerd's are "internal error", Chromium's "Failed to fetch"
    });
  }
}

/**
 * The body, read by read; it is cancelled when the reader leaves early. Throws a `RequestFailure`: `timeout`,
 * `too_large` (never retried) or `stream_cut`.
 */
export async function* readBytes(response: Response, limits: RequestLimits): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  const { clock, signal, idleTimeoutMs, maxResponseBytes } = limits;
  const late = () =>
    new RequestFailure(`no bytes for ${idleTimeoutMs} ms in the middle of the reply`, {
      kind: 'timeout',
      retryable: true,
    });
  const reader = response.body.getReader();
  let total = 0;
  try {
    for (;;) {
      const { done, value } = await within(() => reader.read(), { clock, timeoutMs: idleTimeoutMs, signal, late });
      if (done) return;
      total += value.byteLength;
      if (total > maxResponseBytes) throw tooLarge(maxResponseBytes);
      yield value;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RequestFailure) throw error;
    throw new RequestFailure('the reply broke off', { kind: 'stream_cut', retryable: true, cause: error });
  } finally {
    reader.cancel().catch(() => {}); // not awaited: a stalled source may never say that it has stopped
    reader.releaseLock();
  }
}

/** The whole body as text. Throws as `readBytes` does. */
export async function readText(response: Response, limits: RequestLimits): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of readBytes(response, limits)) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

/** What a response with an error status means, with the server's own words where it gave any, and what to look at for its kind. */
export async function failureOf(
  response: Response,
  limits: RequestLimits,
  hints: Partial<Record<ErrorKind, string>> = {},
): Promise<RequestFailure> {
  const { status, headers } = response;
  const wait = retryAfterMs(headers, limits.clock.now()); // before the body is read: it counts from the head
  const { said, code } = await readError(response, limits);
  const kind = kindOf(status, `${said} ${code}`);
  const hint = hints[kind];
  return new RequestFailure(`status ${status}${hint ? ` (${hint})` : ''}${said && `: ${said}`}`, {
    kind,
    retryable: RETRIED.has(status),
    retryAfterMs: wait,
  });
}

/** The message in an error body of any shape in use; empty where there is none. */
export function errorMessage(body: unknown): string {
  if (typeof body === 'string') return body.trim().slice(0, MAX_ERROR_BYTES);
  if (Array.isArray(body)) return body.map(errorMessage).filter(Boolean).join('; ').slice(0, MAX_ERROR_BYTES);
  if (!isRecord(body)) return '';
  for (const key of ['error', 'message', 'msg', 'detail', 'errors']) {
    const found = errorMessage(body[key]);
    if (found) return found;
  }
  return errorMessage(body.code ?? body.type);
}

/** The message of an error body, and the word beside it that names the kind, as `context_length_exceeded`. */
async function readError(response: Response, limits: RequestLimits): Promise<{ said: string; code: string }> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of readBytes(response, limits)) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length >= MAX_ERROR_BYTES) break;
    }
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error; // an abort; else the status alone has to do
  }
  if (text.trimStart().startsWith('<')) return { said: '', code: '' }; // a proxy's page in HTML
  try {
    const body: unknown = JSON.parse(text);
    return { said: errorMessage(body), code: errorCode(body) };
  } catch {
    return { said: errorMessage(text), code: '' };
  }
}

function errorCode(body: unknown): string {
  if (!isRecord(body)) return '';
  const { code, type } = isRecord(body.error) ? body.error : body;
  return typeof code === 'string' ? code : typeof type === 'string' ? type : '';
}

function kindOf(status: number, said: string): ErrorKind {
  if (status === 429) return 'rate_limited';
  if (status === 408) return 'timeout';
  if (status === 401 || status === 402 || status === 403 || status === 407) return 'auth';
  if (status === 404 || status === 410) return 'not_found';
  if (status >= 500) return 'server_error';
  if (status < 400) return 'bad_response';
  return CONTEXT_OVERFLOW.some((pattern) => pattern.test(said)) ? 'context_overflow' : 'bad_request';
}

// No status and no code is shared by servers for a prompt that is too long, so their words have to be read: in order
// those of OpenAI, vLLM and llama.cpp; text-generation-inference; Anthropic; Groq; Gemini.
const CONTEXT_OVERFLOW = [
  /context[ _-]?(length|window|size|limit)/i,
  /`?inputs`? tokens \+ `?max_new_tokens`?/i,
  /(prompt|input) is too long/i,
  /reduce the length of the messages/i,
  /input token count .*exceeds/i,
];

/** A guarded fetch refuses an address by an error of the SDK; trying again changes nothing. */
function isRefusal(error: unknown): boolean {
  return error instanceof AgentError || error instanceof AgentConfigurationError;
}

function tooLarge(maxResponseBytes: number): RequestFailure {
  return new RequestFailure(`the reply is longer than maxResponseBytes (${maxResponseBytes} bytes)`, {
    kind: 'too_large',
    retryable: false,
  });
}

/** What else may be wrong in a page, which is never told: the other side's rules may keep it out. */
function corsHint(address: string): string {
  const { location } = globalThis; // there is none in Node and workerd
  if (location === undefined || !URL.canParse(address) || new URL(address).origin === location.origin) return '';
  return `, or its CORS rules do not let pages of ${location.origin} in`;
}

/** Of a path of the page's own origin, the path. A query may hold a key. */
function originOf(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : address.replace(/[?#].*$/s, '');
}

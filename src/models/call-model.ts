import { AgentError, AgentGenerationError } from '../errors';
import { within } from '../web/deadline';
import { RequestFailure } from '../web/request-failure';
import type { RequestPace } from '../web/request-pace';
import type { RequestLimits } from '../web/response';
import { retrying } from '../web/retry';
import { type ChatRequest, DEFAULT_ROLE_CONVERSIONS, toChatRequest } from './chat-request';
import type { ModelPart, ModelRequest } from './model';
import type { ChatModelSettings } from './model-options';
import { takesStop } from './stop-sequences';
import { TurnAssembler } from './turn-assembler';

/** What an adapter is given to make one attempt. */
export interface CompletionCall {
  request: ModelRequest;
  body: ChatRequest;
  limits: RequestLimits;
  /** Keeps a text (a key, a header) out of errors and notices; called before the text is sent anywhere. */
  hide(secret: string): void;
  /** To be called when the reply is known to be whole (`[DONE]`, or a completion in one piece). */
  onDone(): void;
}

/** What differs between the models that speak chat completions. */
export interface ChatAdapter {
  modelId: string;
  settings: ChatModelSettings;
  pace: RequestPace | undefined;
  /** False: nothing says that the endpoint takes stop sequences, so replies are cut here. Default: as the model is known for. */
  sendStop?: boolean;
  /** Sends one request and gives the JSON objects of the reply. Throws a `RequestFailure` for what went wrong. */
  complete(call: CompletionCall): AsyncIterable<Readonly<Record<string, unknown>>>;
}

/**
 * One call of a model: every attempt, the reading of its reply included, under one retry policy. Ends with one `reply`.
 * Throws `AgentGenerationError` whose `kind` is that of the last attempt, or the signal's reason after an abort.
 */
export async function* callModel(adapter: ChatAdapter, request: ModelRequest): AsyncGenerator<ModelPart> {
  const { modelId, settings, sendStop = takesStop(modelId) } = adapter;
  const { signal, clock } = request;
  const secrets = new Set<string>();
  try {
    const given = settings.customRoleConversions;
    const customRoleConversions = Object.keys(given).length > 0 ? given : DEFAULT_ROLE_CONVERSIONS;
    const body = toChatRequest(request, { ...settings, customRoleConversions, sendStop });
    const stop = sendStop ? [] : (request.stop ?? []);
    const attempt = () => attemptOnce(adapter, { request, body, stop, secrets });
    for await (const part of retrying(attempt, { policy: settings, clock, signal, random: settings.random })) {
      yield part.type === 'retry' ? { ...part, reason: redact(part.reason, secrets) } : part;
    }
  } catch (error) {
    signal.throwIfAborted(); // the caller's own abort is not a failure of the model
    throw generationError(modelId, error, secrets);
  }
}

/**
 * The text of a secret option, which may be a function; hidden from errors. Throws `AgentGenerationError` (`auth`), and
 * `RequestFailure` (`timeout`) where the function takes longer than a request may.
 */
export async function secretFrom(
  name: string,
  secret: string | (() => string | Promise<string>) | undefined,
  { hide, limits: { clock, signal, requestTimeoutMs } }: Pick<CompletionCall, 'hide' | 'limits'>,
): Promise<string | undefined> {
  let text = secret;
  if (typeof secret === 'function') {
    const late = () =>
      new RequestFailure(`the function given as \`${name}\` gave nothing within ${requestTimeoutMs} ms`, {
        kind: 'timeout',
        retryable: true,
      });
    try {
      text = await within(async () => secret(), { clock, timeoutMs: requestTimeoutMs, signal, late });
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof RequestFailure) throw cause;
      throw new AgentGenerationError(`the function given as \`${name}\` failed`, { cause, kind: 'auth' });
    }
  }
  if (typeof text !== 'string') return undefined;
  if (text.length >= SHORTEST_KEY) hide(text);
  return text;
}

/** Hides a header's value, or that of a parameter in an address: as a whole, and what follows a scheme (`Bearer`). */
export function hideHeader(value: string, hide: (secret: string) => void): void {
  for (const part of [value, ...value.split(' ')]) if (part.length >= SHORTEST_HEADER) hide(part);
}

// shorter ones are placeholders or settings ("v2", "true"), and hiding them would blot out innocent words
const SHORTEST_KEY = 4;
const SHORTEST_HEADER = 8;

interface Attempt {
  request: ModelRequest;
  body: ChatRequest;
  /** Stop sequences that the server is not told of. */
  stop: readonly string[];
  secrets: Set<string>;
}

async function* attemptOnce(
  adapter: ChatAdapter,
  { request, body, stop, secrets }: Attempt,
): AsyncGenerator<Exclude<ModelPart, { type: 'retry' }>> {
  const { settings, pace } = adapter;
  const { clock, signal } = request;
  const over = new AbortController(); // frees the connection whichever way the attempt ends
  const onAbort = () => over.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await pace?.turn(clock, signal);
    const watched = settings.endAtCall && request.toolChoice !== 'none' ? (request.tools ?? []) : [];
    const endAtCallOf = watched.map(({ name }) => name);
    const turn = new TurnAssembler({ stop, maxBlankLines: settings.maxBlankLines, endAtCallOf });
    let whole = false;
    const call: CompletionCall = {
      request,
      body,
      limits: { clock, signal: over.signal, ...settings },
      hide: (secret) => void secrets.add(secret),
      onDone: () => {
        whole = true;
      },
    };
    for await (const object of untilCut(adapter.complete(call), turn)) {
      const pieces = turn.add(object);
      if (request.stream) yield* pieces;
      if (turn.ended) break;
    }
    if (!whole && !turn.finished && !turn.ended) throw cutShort();
    const rest = turn.flush();
    if (request.stream) yield* rest;
    yield { type: 'reply', reply: turn.finish() };
  } finally {
    signal.removeEventListener('abort', onAbort);
    over.abort();
  }
}

/** A connection that breaks or falls silent behind the reply's last word takes nothing away. */
async function* untilCut<Value>(objects: AsyncIterable<Value>, turn: TurnAssembler): AsyncGenerator<Value> {
  try {
    yield* objects;
  } catch (error) {
    const harmless = error instanceof RequestFailure && (error.kind === 'stream_cut' || error.kind === 'timeout');
    if (!harmless || !turn.finished) throw error;
  }
}

function cutShort(): RequestFailure {
  return new RequestFailure('the stream ended in the middle of the reply', { kind: 'stream_cut', retryable: true });
}

function generationError(modelId: string, error: unknown, secrets: ReadonlySet<string>): AgentGenerationError {
  if (error instanceof AgentGenerationError && !mentions(error, secrets)) return error;
  const said = redact(error instanceof Error ? error.message : String(error), secrets);
  const kind = error instanceof RequestFailure || error instanceof AgentError ? error.kind : undefined;
  const cause = mentions(error, secrets) ? undefined : error;
  return new AgentGenerationError(`${modelId} could not answer: ${said}`, { cause, ...(kind && { kind }) });
}

const MAX_REASON_CHARACTERS = 500;

/** The text without secrets, and only then cut: half a key would not be found any more. */
function redact(text: string, secrets: ReadonlySet<string>): string {
  const longestFirst = [...secrets].filter(Boolean).sort((a, b) => b.length - a.length);
  const clean = longestFirst.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text);
  return clean.length > MAX_REASON_CHARACTERS ? `${clean.slice(0, MAX_REASON_CHARACTERS)}...` : clean;
}

/** Whether a secret stands in an error or in what caused it. */
function mentions(error: unknown, secrets: ReadonlySet<string>): boolean {
  const text = error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error);
  if ([...secrets].some((secret) => secret !== '' && text.includes(secret))) return true;
  return error instanceof Error && error.cause !== undefined && mentions(error.cause, secrets);
}

import type { Fetch } from 'smolagents-web';
import type { VirtualClock } from 'smolagents-web/testing';
import { scriptedResponse } from '../scripted-response';
import type { ScriptEntry } from './case';

/** One HTTP attempt, as the endpoint saw it. */
export interface Attempt {
  body: Readonly<Record<string, unknown>>;
  startMs: number;
  /** When it was over: failed, read to its end, or given up. */
  endMs?: number;
}

/** A chat-completions endpoint that does what a script says, as a fetch; time passes on the clock alone. */
export interface ScriptedEndpoint {
  fetch: Fetch;
  attempts: readonly Attempt[];
  /** Attempts that found no entry. */
  missed(): number;
  /** Attempts that nobody has read to their end, or given up. */
  open(): number;
}

const PIECE_CHARACTERS = 65_536;

/** `onAttempt` is told of each entry when its attempt begins. */
export function scriptedEndpoint(
  script: readonly ScriptEntry[],
  clock: VirtualClock,
  onAttempt: (entry: ScriptEntry) => void = () => {},
): ScriptedEndpoint {
  const attempts: Attempt[] = [];
  const fetch: Fetch = async (_input, init = {}) => {
    const body: Record<string, unknown> = JSON.parse(String(init.body));
    const attempt: Attempt = { body, startMs: clock.now() };
    const entry = script[attempts.push(attempt) - 1];
    const over = () => {
      attempt.endMs ??= clock.now();
    };
    if (!entry) {
      over();
      return new Response('the script has no entry left', { status: 418 });
    }
    onAttempt(entry);
    try {
      return await answer(entry, clock, init.signal ?? undefined, over);
    } catch (error) {
      over();
      throw error;
    }
  };
  return {
    fetch,
    attempts,
    missed: () => Math.max(0, attempts.length - script.length),
    open: () => attempts.filter(({ endMs }) => endMs === undefined).length,
  };
}

async function answer(
  { http, sse, network }: ScriptEntry,
  clock: VirtualClock,
  signal: AbortSignal | undefined,
  over: () => void,
): Promise<Response> {
  signal?.throwIfAborted();
  if (network === 'hang') return new Promise((_resolve, reject) => onAbort(signal, reject));
  if (network) throw new TypeError('fetch failed', { cause: new Error(CAUSES[network]) });
  if (sse) {
    const { status = 200, end = 'close' } = sse;
    const body = bodyOf({ pieces: ssePieces(sse), end, signal, over });
    return scriptedResponse(body, { status, headers: { 'content-type': 'text/event-stream' } });
  }
  const { status = 200, headers = {}, delayMs = 0 } = http ?? {};
  if (delayMs > 0) await clock.sleep(delayMs, signal);
  return scriptedResponse(bodyOf({ pieces: httpPieces(http), end: 'close', signal, over }), { status, headers });
}

const CAUSES = {
  refused: 'connect ECONNREFUSED 192.0.2.1:443',
  reset: 'read ECONNRESET',
  dns: 'getaddrinfo ENOTFOUND endpoint.invalid',
};

interface BodyScript {
  pieces: Iterator<Uint8Array>;
  end: 'close' | 'reset' | 'hang';
  signal: AbortSignal | undefined;
  over: () => void;
}

/** As real ones do, the body fails when its request is aborted. */
function bodyOf({ pieces, end, signal, over }: BodyScript): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        onAbort(signal, (reason) => {
          over();
          controller.error(reason);
        });
      },
      pull(controller) {
        const { done, value } = pieces.next();
        if (!done) return controller.enqueue(value);
        if (end === 'hang') return new Promise(() => {});
        over();
        if (end === 'reset') controller.error(new TypeError('terminated', { cause: new Error(CAUSES.reset) }));
        else controller.close();
      },
      cancel: over,
    },
    { highWaterMark: 0 },
  );
}

function onAbort(signal: AbortSignal | undefined, tell: (reason: unknown) => void): void {
  if (signal?.aborted) tell(signal.reason);
  else signal?.addEventListener('abort', () => tell(signal.reason), { once: true });
}

function* ssePieces({ chunks, bytesBase64 = [] }: NonNullable<ScriptEntry['sse']>): Generator<Uint8Array> {
  if (chunks) for (const chunk of chunks) yield new TextEncoder().encode(chunk);
  else for (const bytes of bytesBase64) yield Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
}

function* httpPieces(http: ScriptEntry['http'] = {}): Generator<Uint8Array> {
  const { json, text, bodyGen } = http;
  const encoder = new TextEncoder();
  if (!bodyGen) {
    const body = json === undefined ? (text ?? '') : JSON.stringify(json);
    if (body) yield encoder.encode(body);
    return;
  }
  const { prefix = '', repeat = '', times = 0, suffix = '' } = bodyGen;
  yield encoder.encode(prefix);
  const together = Math.max(1, Math.floor(PIECE_CHARACTERS / Math.max(1, repeat.length)));
  for (let left = times; left > 0; left -= together) yield encoder.encode(repeat.repeat(Math.min(left, together)));
  yield encoder.encode(suffix);
}

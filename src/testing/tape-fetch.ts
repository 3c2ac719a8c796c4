import { type Clock, held } from '../web/clock';
import type { Fetch } from '../web/fetch';
import { joinedBytes } from '../web/joined-bytes';
import { isFollowing } from '../web/redirect-of';
import { sha256 } from '../web/sha256';
import type { Exchange } from './recording';
import { type Finish, untilTurn } from './tape-clock';
import type { VirtualClock } from './virtual-clock';

const KEPT_HEADERS = ['content-type', 'location', 'retry-after'];

/** A fetch and what it was answered. */
export interface FetchRecorder {
  readonly fetch: Fetch;
  /** The answers so far, their bodies as far as they were read. */
  exchanges(): Promise<Exchange[]>;
}

/** The fetch given; what it answers is written to the tape, as far as it is read. `clock` tells how long that took. */
export function fetchRecorder(fetch: Fetch, clock: Clock, finish: Finish): FetchRecorder {
  const tape: Promise<{ exchange: Exchange; chunks: Uint8Array[] } | undefined>[] = [];
  const recorded: Fetch = async (input, init) => {
    const asked = exchangeFor(new Request(input, init));
    const chunks: Uint8Array[] = [];
    const unread = () => undefined; // its body broke off, which the tool is told
    tape.push(asked.then((exchange) => ({ exchange, chunks }), unread)); // now: the run may end before the body is hashed
    const exchange = await asked;
    const startMs = clock.now();
    try {
      const reply = await fetch(input, init);
      exchange.status = reply.status;
      for (const name of KEPT_HEADERS) {
        const value = reply.headers.get(name);
        if (value !== null) exchange.headers[name] = value;
      }
      return keepBody(reply, chunks);
    } catch (error) {
      exchange.error = error instanceof Error ? error.message : String(error);
      throw error;
    } finally {
      exchange.durationMs = clock.now() - startMs;
      exchange.ended = finish();
    }
  };
  return {
    fetch: recorded,
    exchanges: async () =>
      (await Promise.all(tape)).flatMap((entry) => {
        if (!entry) return [];
        const { exchange, chunks } = entry;
        return { ended: 0, ...exchange, ...(chunks.length && encode(joinedBytes(chunks))) };
      }),
  };
}

/**
 * Answers from the tape, each entry once, which is taken from it, in order and in its turn on `order`; `depart` is told of a request that is not
 * there, and throws. Redirects are on the tape where the recorded run followed them itself, as a traced one may.
 */
export function replayingFetch(left: Exchange[], order: VirtualClock, depart: (what: string) => never): Fetch {
  const followsRedirects = left.some(({ headers }) => 'location' in headers);
  const answer: Fetch = async (input, init) => {
    const request = new Request(input, init);
    const wanted = await held(order, () => exchangeFor(request));
    request.signal.throwIfAborted();
    const index = left.findIndex((entry) => sameRequest(entry, wanted));
    const [exchange] = index < 0 ? [] : left.splice(index, 1);
    if (!exchange)
      return depart(`a tool asked for ${wanted.method} ${wanted.url}, which the recording does not hold (any more)`);
    await untilTurn(exchange, order, request.signal);
    if (exchange.status === undefined) throw new TypeError(exchange.error ?? 'fetch failed');
    const bodyless = exchange.status === 204 || exchange.status === 205 || exchange.status === 304;
    return new Response(bodyless ? null : bodyOf(exchange), { status: exchange.status, headers: exchange.headers });
  };
  if (!followsRedirects) return answer;
  return async (input, init = {}) => {
    if (!isFollowing(input, init)) return answer(input, init);
    const { followRedirects } = await held(order, () => import('../web/redirects'));
    return followRedirects(answer, input, init);
  };
}

async function exchangeFor(request: Request): Promise<Exchange> {
  const body = request.body === null ? '' : await request.clone().text();
  const exchange: Exchange = { method: request.method, url: request.url, headers: {} };
  if (body) exchange.requestBody = await sha256(body);
  return exchange;
}

function sameRequest(left: Exchange, right: Exchange): boolean {
  return left.method === right.method && left.url === right.url && left.requestBody === right.requestBody;
}

function keepBody(reply: Response, chunks: Uint8Array[]): Response {
  if (!reply.body) return reply;
  const watched = reply.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        chunks.push(chunk);
        controller.enqueue(chunk);
      },
    }),
  );
  return new Response(watched, { status: reply.status, statusText: reply.statusText, headers: reply.headers });
}

function encode(bytes: Uint8Array): Pick<Exchange, 'body' | 'bodyBase64'> {
  try {
    return { body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { bodyBase64: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')) };
  }
}

function bodyOf({ body, bodyBase64 }: Exchange): BodyInit {
  if (bodyBase64 === undefined) return body ?? '';
  return Uint8Array.from(atob(bodyBase64), (character) => character.charCodeAt(0));
}

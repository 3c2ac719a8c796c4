import { thrownWords } from '../executors/thrown';
import { type Clock, held } from '../web/clock';
import type { Fetch } from '../web/fetch';
import { joinedBytes } from '../web/joined-bytes';
import type { PerCall } from '../web/of-call';
import { isFollowing } from '../web/redirect-of';
import { sha256 } from '../web/sha256';
import { nearestBy } from './nearest-by';
import type { Progress } from './progress';
import type { Exchange } from './recording';
import { nameOf, type Stage, untilTurn } from './tape-clock';

const KEPT_HEADERS = ['content-type', 'location', 'retry-after', 'link', 'etag', 'last-modified'];

/** A fetch and what it was answered. */
export interface FetchRecorder {
  readonly fetch: PerCall<Fetch>;
  /** The answers so far, their bodies as far as they were read. */
  exchanges(): Promise<Exchange[]>;
}

interface Taped {
  exchange: Exchange;
  chunks: Uint8Array[];
}

/** The fetch given; what it answers is written to the tape, as far as it is read. `clock` tells how long that took. */
export function fetchRecorder(fetch: Fetch, clock: Clock, progress: Progress): FetchRecorder {
  const tape: Promise<Taped | undefined>[] = [];
  const answered = async (taped: Taped, ask: () => Promise<Response>, signal: AbortSignal) => {
    const { exchange } = taped;
    const startMs = clock.now();
    try {
      const reply = await ask();
      await progress.turn(exchange, signal);
      writeHead(exchange, reply);
      return keepBody(reply, taped, progress, signal);
    } catch (error) {
      if (!signal.aborted) await progress.turn(exchange, signal);
      writeFailure(exchange, error);
      throw error;
    } finally {
      exchange.durationMs = clock.now() - startMs;
      exchange.ended = progress.ended(exchange);
    }
  };
  const fetchOf = (within: readonly string[]): PerCall<Fetch> => {
    const recorded: Fetch = async (input, init) => {
      const request = new Request(input, init);
      const asked = held(progress, () => exchangeFor(request)).then((exchange) => ({
        exchange: { by: nameOf(within), ended: 0, ...exchange },
        chunks: [],
      }));
      tape.push(asked.catch(() => undefined)); // now: the run may end before the body is hashed, which may break off
      progress.open();
      try {
        return await answered(await asked, () => fetch(input, init), request.signal);
      } finally {
        progress.close();
      }
    };
    return Object.assign(recorded, { ofCall: (id: string) => fetchOf([...within, id]) });
  };
  return {
    fetch: fetchOf([]),
    exchanges: async () =>
      (await Promise.all(tape)).flatMap((entry) => {
        if (!entry) return [];
        const { exchange, chunks } = entry;
        return { ...exchange, ...(chunks.length && encode(joinedBytes(chunks))) };
      }),
  };
}

function writeHead(exchange: Exchange, { status, statusText, url, headers }: Response): void {
  exchange.status = status;
  if (statusText) exchange.statusText = statusText;
  if (url && url !== exchange.url) exchange.finalUrl = url;
  for (const name of KEPT_HEADERS) {
    const value = headers.get(name);
    if (value !== null) exchange.headers[name] = value;
  }
}

function writeFailure(exchange: Exchange, error: unknown): void {
  const { name, message } = thrownWords(error);
  exchange.error = message;
  if (name !== undefined && name !== 'TypeError') exchange.errorName = name;
}

function failureOf({ error = 'fetch failed', errorName }: Exchange): Error {
  return errorName === undefined ? new TypeError(error) : Object.assign(new Error(error), { name: errorName });
}

/**
 * Answers from the tape, each entry once, which is taken from it, in order and in its turn: the one of the call that asks, where
 * that is known. A request that is not there departs. Redirects are on the tape where the recorded run followed them itself, as a
 * traced one may.
 */
export function replayingFetch(left: Exchange[], stage: Stage, within: readonly string[] = []): PerCall<Fetch> {
  const followsRedirects = left.some(({ headers }) => 'location' in headers);
  const by = nameOf(within);
  const answer: Fetch = async (input, init) => {
    stage.progress.asked();
    const request = new Request(input, init);
    const wanted = await held(stage.order, () => exchangeFor(request));
    request.signal.throwIfAborted();
    const alike = left.filter((entry) => sameRequest(entry, wanted));
    const exchange = nearestBy(alike, by);
    if (!exchange)
      return stage.depart(
        `a tool asked for ${wanted.method} ${wanted.url}, which the recording does not hold (any more)`,
      );
    left.splice(left.indexOf(exchange), 1);
    await untilTurn({ ...exchange, what: `the answer to ${wanted.method} ${wanted.url}` }, stage, request.signal);
    if (exchange.status === undefined) throw failureOf(exchange);
    return answerOf(exchange, stage, request.signal);
  };
  const following: Fetch = async (input, init = {}) => {
    if (!isFollowing(input, init)) return answer(input, init);
    const { followRedirects } = await held(stage.order, () => import('../web/redirects'));
    return followRedirects(answer, input, init);
  };
  const ofCall = (id: string) => replayingFetch(left, stage, [...within, id]);
  return Object.assign(followsRedirects ? following : answer, { ofCall });
}

function answerOf(exchange: Exchange, stage: Stage, signal: AbortSignal): Response {
  const { status = 200, statusText = '', headers, url, finalUrl = url } = exchange;
  const isBodyless = status === 204 || status === 205 || status === 304;
  const body = isBodyless ? null : bodyInTurn(exchange, stage, signal);
  return withAddress(new Response(body, { status, statusText, headers }), finalUrl, finalUrl !== url);
}

/** What was read of the body, and its end in its turn. */
function bodyInTurn(exchange: Exchange, stage: Stage, signal: AbortSignal): BodyInit {
  const bytes = bytesOf(exchange);
  const { method, url, bodyEnded, error } = exchange;
  if (bodyEnded === undefined) return bytes;
  const end = { ended: bodyEnded, what: `the end of the answer to ${method} ${url}` };
  let isRead = bytes.length === 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!isRead) controller.enqueue(bytes);
        else {
          await untilTurn(end, stage, signal);
          if (error === undefined) controller.close();
          else controller.error(failureOf(exchange));
        }
        isRead = true;
      },
    },
    { highWaterMark: 0 }, // nothing is waited for that nobody reads
  );
}

/** The answer as one of that address: a constructor cannot give it one. */
function withAddress(response: Response, url: string, redirected: boolean): Response {
  const configurable = true; // whoever follows redirects does the same
  return Object.defineProperties(response, {
    url: { value: url, configurable },
    redirected: { value: redirected, configurable },
  });
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

/** The answer, with what is read of its body kept, and how that ends. */
function keepBody(reply: Response, { exchange, chunks }: Taped, progress: Progress, signal: AbortSignal): Response {
  if (!reply.body) return reply;
  exchange.bodyEnded = 0;
  const reader = reply.body.getReader();
  const watched = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) chunks.push(value);
          if (!done) return controller.enqueue(value);
          await progress.turn(exchange, signal);
          exchange.bodyEnded = progress.ended(exchange);
          controller.close();
        } catch (error) {
          writeFailure(exchange, error);
          exchange.bodyEnded = progress.ended(exchange);
          controller.error(error);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  const { status, statusText, headers, url, redirected } = reply;
  return withAddress(new Response(watched, { status, statusText, headers }), url, redirected);
}

function encode(bytes: Uint8Array): Pick<Exchange, 'body' | 'bodyBase64'> {
  try {
    return { body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { bodyBase64: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')) };
  }
}

function bytesOf({ body = '', bodyBase64 }: Exchange): Uint8Array<ArrayBuffer> {
  if (bodyBase64 === undefined) return new TextEncoder().encode(body);
  return Uint8Array.from(atob(bodyBase64), (character) => character.charCodeAt(0));
}

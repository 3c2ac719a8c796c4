import { runtime } from '#runtime';
import { AgentError, type ErrorKind } from '../../errors';
import { abortable } from '../../web/abortable';
import { showAddress } from '../../web/address';
import type { Clock } from '../../web/clock';
import { within } from '../../web/deadline';
import { readEvents } from '../../web/event-stream';
import type { Fetch } from '../../web/fetch';
import { RequestFailure } from '../../web/request-failure';
import { failureOf, openResponse, type RequestLimits, readBytes } from '../../web/response';
import { waitMs } from '../../web/retry';
import type { AgentEvent } from '../agent';
import { withTime } from '../event-time';
import { remoteEvent } from './remote-event';
import type { RemoteSettings } from './remote-options';

/** What a connection is made with. */
export interface ConnectionOptions {
  clock: Clock;
  fetch: Fetch;
  signal: AbortSignal;
  /** Of the span that the worker's spans go below. */
  traceparent: string | undefined;
}

const EVENT_STREAM = 'text/event-stream';
const MAX_STREAM_BYTES = 256 * 1024 * 1024; // of one connection
const LEAVE_MS = 2_000; // for the worker to say that it has ended a run
const RUN = /\/runs\/([\w-]{1,100})$/;

/** One run of a worker, as its client asks for it. Failures are `RequestFailure`s and `AgentError`s, for `inWords`. */
export class Connection {
  /** Known once the worker has begun the run; empty before. */
  runId = '';
  /** Number of the event that was read last; 0 before. */
  lastEvent = 0;
  readonly #settings: RemoteSettings;
  readonly #options: ConnectionOptions;
  readonly #base: string;
  #token: string | undefined;
  /** A request that begins something, until its answer is there. */
  #asked: Promise<unknown> = Promise.resolve();

  constructor(settings: RemoteSettings, options: ConnectionOptions) {
    const { url } = settings;
    this.#settings = settings;
    this.#options = options;
    this.#base = `${url.startsWith('/') ? runtime.webOrigin : ''}${url}`.replace(/\/+$/, '');
  }

  /** The events that come of a `POST`, after those that were read before, up to the end of the run. */
  async *begin(path: string, body: object): AsyncGenerator<AgentEvent> {
    const response = await this.#post(path, body);
    yield* this.#follow(response, this.lastEvent);
  }

  /** The events of the run after that number. */
  read(after: number): AsyncGenerator<AgentEvent> {
    return this.#follow(undefined, after);
  }

  /**
   * Ends the run there, also where it is only just being begun; asked again for a short time where the worker fails or cannot be
   * reached, as when it is just deployed anew. Never rejects, and soon resolves.
   */
  async remove(): Promise<void> {
    const over = new AbortController(); // nothing more is asked then; what is under way may arrive
    const { signal } = over;
    const ending = this.#asked.then(() => this.#remove(signal));
    const late = () => new Error('the worker does not say that it has ended the run');
    await within(() => ending, { clock: this.#options.clock, timeoutMs: LEAVE_MS, signal, late }).catch(
      () => undefined,
    );
    over.abort();
  }

  async #remove(over: AbortSignal): Promise<void> {
    if (this.runId === '') return;
    const { signal } = new AbortController(); // that of the run is aborted
    for (let retry = 0; ; retry++)
      try {
        const response = await this.#open(`/runs/${this.runId}`, { method: 'DELETE', keepalive: true }, signal);
        if (!response.ok) throw await failureOf(response, this.#limits(signal));
        return await response.body?.cancel();
      } catch (error) {
        if (!this.#isWorthRetrying(error, retry)) throw error;
        await this.#options.clock.sleep(waitMs(error, this.#settings, retry, Math.random), over);
      }
  }

  #isWorthRetrying(error: unknown, retries: number): error is RequestFailure {
    return error instanceof RequestFailure && error.retryable && retries < this.#settings.maxRetries;
  }

  /** An error for whoever runs the agent, without the token. */
  inWords(error: unknown): AgentError {
    const { kind, message } = error instanceof RequestFailure || error instanceof AgentError ? error : {};
    const told = message ?? `failed: ${error instanceof Error ? error.message : String(error)}`;
    const clean = this.#token ? told.replaceAll(this.#token, '__REDACTED__') : told;
    const hint = kind === undefined ? undefined : HINTS[kind];
    const words = hint === undefined ? clean : `${clean.replace(/\.$/, '')}. ${hint}`;
    return new AgentError(`RemoteAgent: ${showAddress(this.#base)}: ${words}`, {
      ...(kind && { kind }),
      ...(clean === told && { cause: error }),
    });
  }

  /** Asked again only where the worker says that it began nothing: a run is dear. */
  async #post(path: string, body: object): Promise<Response> {
    const { clock, signal } = this.#options;
    for (let retry = 0; ; retry++) {
      const headers = { 'content-type': 'application/json', accept: EVENT_STREAM };
      const { signal: kept } = new AbortController(); // an answer that comes after an abort says which run to end
      const asking = this.#open(path, { method: 'POST', headers, body: JSON.stringify(body) }, kept).then((reply) => {
        this.runId = RUN.exec(reply.headers.get('location') ?? '')?.[1] ?? this.runId;
        if (signal.aborted) hangUp(reply);
        return reply;
      });
      this.#asked = asking.catch(() => undefined);
      const response = await abortable(asking, signal);
      if (response.ok) return response;
      const failure = await failureOf(response, this.#limits(signal));
      if (response.status !== 429 || retry >= this.#settings.maxRetries) throw failure;
      await clock.sleep(waitMs(failure, this.#settings, retry, Math.random), signal);
    }
  }

  /** Reads on where a connection is lost. A run that was answered has ended before: only its last end is told. */
  async *#follow(first: Response | undefined, after: number): AsyncGenerator<AgentEvent> {
    const { clock, signal } = this.#options;
    let [last, failures, response] = [after, 0, first];
    let end: AgentEvent | undefined;
    for (;;) {
      let failure: unknown = new RequestFailure('the stream ended before the run did', CUT);
      try {
        response ??= await this.#readOn(last);
        if (!response && !end)
          throw new RequestFailure('it has no more events, and none says that the run ended', LOST);
        if (response)
          for await (const { number, event } of this.#numbered(response)) {
            if (number <= last) continue;
            [last, failures, end] = [number, 0, event.type === 'run-end' ? event : undefined];
            this.lastEvent = number;
            this.runId ||= event.runId;
            if (!end) yield event;
          }
      } catch (error) {
        signal.throwIfAborted();
        failure = error;
      }
      if (end) return yield end;
      if (!this.#isWorthRetrying(failure, failures)) throw failure;
      if (this.runId === '') throw failure; // nobody knows which run to ask for
      await clock.sleep(waitMs(failure, this.#settings, failures, Math.random), signal);
      [failures, response] = [failures + 1, undefined];
    }
  }

  /** Undefined where there is no more. */
  async #readOn(last: number): Promise<Response | undefined> {
    const { signal } = this.#options;
    const headers = { accept: EVENT_STREAM, 'last-event-id': String(last) };
    const response = await this.#open(`/runs/${this.runId}/events`, { headers }, signal);
    if (response.status === 204) return undefined;
    if (!response.ok) throw await failureOf(response, this.#limits(signal));
    return response;
  }

  async *#numbered(response: Response): AsyncGenerator<{ number: number; event: AgentEvent }> {
    const type = response.headers.get('content-type')?.split(';', 1)[0] ?? 'no type';
    if (type !== EVENT_STREAM) {
      hangUp(response);
      throw new RequestFailure(`answered ${type} in place of an event stream`, BAD);
    }
    for await (const { id, at, data, closed } of readEvents(readBytes(response, this.#limits(this.#options.signal)))) {
      if (!closed) return; // cut off in the middle: it comes again
      if (id === undefined || !/^\d{1,10}$/.test(id)) throw new RequestFailure('told an event without a number', BAD);
      const event = remoteEvent(data);
      yield { number: Number(id), event: /^\d{1,15}(\.\d+)?$/.test(at ?? '') ? withTime(event, Number(at)) : event };
    }
  }

  async #open(path: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    const { fetch, traceparent } = this.#options;
    const headers = new Headers({ ...this.#settings.headers, ...(init.headers as Record<string, string>) });
    this.#token = await tokenOf(this.#settings);
    if (this.#token) headers.set('authorization', `Bearer ${this.#token}`);
    if (traceparent !== undefined) headers.set('traceparent', traceparent);
    const address = `${this.#base}${path}`;
    // a redirect would take the token elsewhere, and make a question of an order; 'error' is a word that workerd does not know
    const asked: RequestInit = { ...init, headers, redirect: 'manual' };
    const response = await openResponse(fetch, address, asked, this.#limits(signal));
    if (response.type !== 'opaqueredirect' && Math.floor(response.status / 100) !== 3) return response;
    hangUp(response);
    throw new RequestFailure(`redirects${targetOf(response, address)}, which is not followed`, BAD);
  }

  #limits(signal: AbortSignal): RequestLimits {
    const { requestTimeoutMs, idleTimeoutMs } = this.#settings;
    return { clock: this.#options.clock, signal, requestTimeoutMs, idleTimeoutMs, maxResponseBytes: MAX_STREAM_BYTES };
  }
}

const CUT = { kind: 'stream_cut', retryable: true } as const;
const LOST = { kind: 'stream_cut', retryable: false } as const;
const BAD = { kind: 'bad_response', retryable: false } as const;
const HINTS: Readonly<Partial<Record<ErrorKind, string>>> = {
  auth: 'Who may come in is said by `auth` of the worker; the token is the option `token`',
  not_found: 'Is `url` the address of an agent worker, and the run not older than it keeps them?',
  bad_response: 'Is `url` the address of an agent worker?',
  ...(runtime.name === 'browser' && {
    network: 'A page needs its origin in `auth.origins` of the worker, unless it comes from there',
  }),
};

/** Where a redirect leads, but for what may be secret of it; a page is not told. */
function targetOf({ headers }: Response, address: string): string {
  const location = headers.get('location') ?? '';
  return location !== '' && URL.canParse(location, address) ? ` to ${new URL(location, address).origin}` : '';
}

/** A body that has failed cannot be cancelled any more, and nobody needs to know. */
function hangUp({ body }: Response): void {
  body?.cancel().catch(() => {});
}

async function tokenOf({ token }: RemoteSettings): Promise<string | undefined> {
  if (typeof token !== 'function') return token;
  try {
    return await token();
  } catch (cause) {
    throw new AgentError('the function given as `token` failed', { cause, kind: 'auth' });
  }
}

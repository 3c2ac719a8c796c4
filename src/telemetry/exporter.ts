import { context, diag, ROOT_CONTEXT } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, suppressTracing } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { AgentConfigurationError } from '../errors';
import { showAddress } from '../web/address';
import { readBytes } from '../web/body';
import { type Clock, systemClock } from '../web/clock';
import { within } from '../web/deadline';
import type { Fetch } from '../web/fetch';
import { gzip } from '../web/gzip';
import { refuseUnknownOptions, requireWholeNumber } from '../web/options';
import { retryAfterMs } from '../web/retry';
import { ExportFailure, failureFrom, isRetriedStatus } from './export-failure';
import { type OtlpEncoding, type OtlpFormat, otlpEncoding, type PartialSuccess, readPartialSuccess } from './otlp';

const MAX_RESPONSE_BYTES = 4 * 1024 * 1024; // the OTLP specification's own advice
const MAX_SHOWN_CHARACTERS = 300;

export type ExportHeaders = Readonly<Record<string, string>>;

export interface FetchSpanExporterOptions {
  /** Where the collector takes traces, such as `http://localhost:6006/v1/traces`; in a page also `/v1/traces`. */
  url: string | URL;
  /** Headers, such as `authorization`, or what gives them at each request. They never become part of a span or a message. */
  headers?: ExportHeaders | (() => ExportHeaders | Promise<ExportHeaders>);
  /** Default protobuf, which every collector takes, Phoenix nothing else. */
  format?: OtlpFormat;
  /** Whether bodies are compressed, where the runtime can; default true. Those of a page that goes never are. */
  gzip?: boolean;
  /** Longest attempt, response included, in milliseconds; default 10 s. */
  requestTimeoutMs?: number;
  /** Default the runtime's own, without what an instrumentation wrapped around it. */
  fetch?: Fetch;
  clock?: Clock;
}

export interface SendOptions {
  signal?: AbortSignal;
  /** The page goes: fetch is called before this returns, with a body as it is. */
  leaving?: boolean;
  /** Lets the request outlive the page; a browser grants 64 KiB at a time. */
  keepalive?: boolean;
}

export const EXPORTER_OPTIONS = ['url', 'headers', 'format', 'gzip', 'requestTimeoutMs', 'fetch', 'clock'];

/**
 * Sends spans to an OTLP/HTTP collector, one request a call. It tries once: a failure is an `ExportFailure` that says
 * whether the spans may be sent again, and it is for a processor to keep them. Throws `AgentConfigurationError` for
 * settings of a wrong type; an address that leads nowhere shows when spans are sent.
 */
export class FetchSpanExporter implements SpanExporter {
  readonly encoding: OtlpEncoding;
  /** The address as it may be shown. */
  readonly destination: string;
  readonly #url: string;
  readonly #options: Required<Omit<FetchSpanExporterOptions, 'url' | 'format'>>;
  #lastHeaders: ExportHeaders = {};
  #stop = new AbortController();

  constructor(options: FetchSpanExporterOptions) {
    const { url, format = 'protobuf', headers = {}, gzip: isGzipped = true, requestTimeoutMs = 10_000 } = options;
    refuseUnknownOptions('FetchSpanExporter', options, EXPORTER_OPTIONS);
    if (format !== 'protobuf' && format !== 'json')
      throw new AgentConfigurationError(`FetchSpanExporter: format is ${String(format)}, must be protobuf or json`);
    if (String(url ?? '') === '' || (typeof url !== 'string' && !(url instanceof URL)))
      throw new AgentConfigurationError(`FetchSpanExporter: url is ${String(url)}, must be the address of a collector`);
    requireWholeNumber('FetchSpanExporter', 'requestTimeoutMs', requestTimeoutMs);
    this.encoding = otlpEncoding(format);
    this.#url = String(url);
    this.destination = shown(this.#url);
    if (typeof headers !== 'function') this.#lastHeaders = headers;
    this.#options = {
      headers,
      gzip: isGzipped,
      requestTimeoutMs,
      fetch: options.fetch ?? plainFetch,
      clock: options.clock ?? systemClock,
    };
  }

  /** As stock processors call it. The `error` of a failure is an `ExportFailure`. */
  export(spans: ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    this.#exportOnce(spans).then(
      () => resultCallback({ code: ExportResultCode.SUCCESS }),
      (error: unknown) => resultCallback({ code: ExportResultCode.FAILED, error: failureFrom(error) }),
    );
  }

  /** Sends one body that `encoding` made. Throws an `ExportFailure`. */
  send(body: Uint8Array<ArrayBuffer>, options: SendOptions = {}): Promise<PartialSuccess> {
    return options.leaving ? this.#post(body, this.#headersNow(), options) : this.#compressAndPost(body, options);
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.#stop.abort();
  }

  async #exportOnce(spans: ReadableSpan[]): Promise<void> {
    let body: Uint8Array<ArrayBuffer>;
    try {
      body = this.encoding.encode(spans);
    } catch (cause) {
      throw new ExportFailure(`spans cannot be encoded: ${messageOf(cause)}`, { retryable: false, cause });
    }
    const { rejectedSpans, message } = await this.send(body);
    if (rejectedSpans > 0 || message !== '')
      diag.warn(`${this.destination} left out ${rejectedSpans} of ${spans.length} spans: ${message}`);
  }

  async #compressAndPost(body: Uint8Array<ArrayBuffer>, options: SendOptions): Promise<PartialSuccess> {
    const { clock } = this.#options;
    const headers: Record<string, string> = { ...(await this.#headers()) };
    const release = clock.hold?.(); // compressing takes real time
    try {
      const compressed = this.#options.gzip ? await gzip(body) : undefined;
      if (compressed) headers['content-encoding'] = 'gzip';
      return await this.#post(compressed ?? body, headers, options, release);
    } finally {
      release?.();
    }
  }

  /** Up to the call of fetch without an await, since a page that goes runs no further. */
  async #post(
    body: Uint8Array<ArrayBuffer>,
    headers: ExportHeaders,
    { signal, keepalive = false }: SendOptions,
    release?: () => void,
  ): Promise<PartialSuccess> {
    const { clock, requestTimeoutMs: timeoutMs, fetch } = this.#options;
    const over = new AbortController();
    const signals = [over.signal, this.#stop.signal, ...(signal ? [signal] : [])];
    const both = AbortSignal.any(signals);
    const init: RequestInit = {
      method: 'POST',
      headers: { ...lowerCased(headers), 'content-type': this.encoding.contentType },
      body,
      signal: both,
      ...(keepalive ? { keepalive } : {}),
    };
    let response: Response | undefined;
    const attempt = async () => {
      const pending = context.with(suppressTracing(ROOT_CONTEXT), () => fetch(this.#url, init));
      release?.();
      response = await pending;
      return this.#read(response, both);
    };
    try {
      const late = () => new ExportFailure(`it did not answer within ${timeoutMs} ms`, { retryable: true });
      return await within(attempt, { clock, timeoutMs, signal: AbortSignal.any(signals.slice(1)), late });
    } catch (error) {
      if (error instanceof ExportFailure && error.status !== undefined) throw error;
      if (response) return judged(response, clock.now(), ''); // the head alone decides
      throw error instanceof ExportFailure ? error : this.#unreachable(error);
    } finally {
      over.abort();
    }
  }

  async #read(response: Response, signal: AbortSignal): Promise<PartialSuccess> {
    const now = this.#options.clock.now(); // `Retry-After` counts from the head
    if (isRetriedStatus(response.status)) {
      response.body?.cancel().catch(() => undefined);
      return judged(response, now, '');
    }
    const { bytes, truncated } = await readBytes(response.body, MAX_RESPONSE_BYTES, signal);
    const text = response.ok ? '' : new TextDecoder().decode(bytes.subarray(0, MAX_SHOWN_CHARACTERS * 4));
    const nothing = judged(response, now, text);
    return truncated ? nothing : readPartialSuccess(bytes, response.headers.get('content-type') ?? '');
  }

  #unreachable(cause: unknown): ExportFailure {
    if (!isAddress(this.#url)) return new ExportFailure('it is not an http address', { retryable: false, cause });
    const hint = 'location' in globalThis ? ' (is it running, and does its CORS setting allow this origin?)' : '';
    return new ExportFailure(`it cannot be reached: ${messageOf(cause)}${hint}`, { retryable: true, cause });
  }

  async #headers(): Promise<ExportHeaders> {
    const { headers } = this.#options;
    try {
      if (typeof headers === 'function') this.#lastHeaders = await headers();
    } catch (cause) {
      throw new ExportFailure('its `headers` function failed', { retryable: true, cause });
    }
    return this.#lastHeaders;
  }

  /** Those of now, where they are given at once; else the ones given last. */
  #headersNow(): ExportHeaders {
    const { headers } = this.#options;
    if (typeof headers !== 'function') return headers;
    try {
      const given = headers();
      if (given instanceof Promise) given.catch(() => undefined);
      else this.#lastHeaders = given;
    } catch {
      // the ones given last are the best there are
    }
    return this.#lastHeaders;
  }
}

/** Nothing left out, for a 2xx. Throws an `ExportFailure` for any other status. */
function judged({ ok, status, headers }: Response, now: number, text: string): PartialSuccess {
  if (ok) return { rejectedSpans: 0, message: '' };
  const said = text.trimStart().startsWith('<') ? '' : text.trim().slice(0, MAX_SHOWN_CHARACTERS);
  const hint = status === 415 ? ' (the collector does not take this `format`)' : '';
  throw new ExportFailure(`it answered ${status}${hint}${said && `: ${said}`}`, {
    retryable: isRetriedStatus(status),
    status,
    retryAfterMs: retryAfterMs(headers, now),
  });
}

/** The runtime's fetch as it is at the call; an instrumentation keeps the original on its wrapper. */
const plainFetch: Fetch = (input, init) => {
  const { fetch } = globalThis;
  const original: unknown = '__original' in fetch ? fetch.__original : fetch;
  return isFetch(original) ? original.call(globalThis, input, init) : fetch(input, init);
};

/** One spelling a name: else two of `Content-Type` would be sent as one list. */
function lowerCased(headers: ExportHeaders): ExportHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function isFetch(value: unknown): value is Fetch {
  return typeof value === 'function';
}

function isAddress(text: string): boolean {
  try {
    const base: unknown = 'location' in globalThis ? globalThis.location?.href : undefined;
    const { protocol, username, password } = new URL(text, typeof base === 'string' ? base : undefined);
    return /^https?:$/.test(protocol) && username === '' && password === '';
  } catch {
    return false;
  }
}

function shown(url: string): string {
  return url.startsWith('/') && !url.startsWith('//') ? url.replace(/[?#].*$/s, '') : showAddress(url);
}

/** Node hides the reason of a failed fetch one level down. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${messageOf(error.cause)})` : error.message;
}

import { diag } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { showAddress } from '../web/address';
import { readBytes } from '../web/body';
import { type Clock, systemClock } from '../web/clock';
import { within } from '../web/deadline';
import type { Fetch } from '../web/fetch';
import { gzip } from '../web/gzip';
import { refuseSetting, refuseUnknownOptions, requireWholeNumber } from '../web/options';
import { retryAfterMs } from '../web/retry';
import { ExportFailure, failureFrom, isRetriedStatus, messageOf } from './export-failure';
import { encodings, type OtlpEncoding, type OtlpFormat, type PartialSuccess, readPartialSuccess } from './otlp';
import { untraced } from './untraced';

const MAX_RESPONSE_BYTES = 4 * 1024 * 1024; // the OTLP specification's own advice
const MAX_SHOWN_BYTES = 300;
const OWNER = 'FetchSpanExporter';

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
  readonly #options: Required<FetchSpanExporterOptions>;
  readonly #stop = new AbortController();
  /** Those that were known last: a page that goes can wait for no others. */
  #headers: ExportHeaders = {};

  constructor(options: FetchSpanExporterOptions) {
    refuseUnknownOptions(OWNER, options, EXPORTER_OPTIONS);
    const { url, format = 'protobuf', headers = {}, requestTimeoutMs = 10_000 } = options;
    if (!Object.hasOwn(encodings, format)) refuseSetting(OWNER, 'format', format, 'protobuf or json');
    if (!url || (typeof url !== 'string' && !(url instanceof URL)))
      refuseSetting(OWNER, 'url', url, 'the address of a collector');
    requireWholeNumber(OWNER, 'requestTimeoutMs', requestTimeoutMs);
    this.encoding = encodings[format];
    this.destination = /^\/(?!\/)/.test(`${url}`) ? `${url}`.replace(/[?#].*$/s, '') : showAddress(url);
    if (typeof headers !== 'function') this.#headers = headers;
    const defaults = { gzip: true, fetch: plainFetch, clock: systemClock };
    this.#options = { ...defaults, ...options, url, format, headers, requestTimeoutMs };
  }

  /** As stock processors call it. The `error` of a failure is an `ExportFailure`. */
  export(spans: ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    this.#export(spans).then(
      () => resultCallback({ code: ExportResultCode.SUCCESS }),
      (error: unknown) => resultCallback({ code: ExportResultCode.FAILED, error: failureFrom(error) }),
    );
  }

  /** Sends one body that `encoding` made. Throws an `ExportFailure`. */
  async send(
    body: Uint8Array<ArrayBuffer>,
    { leaving = false, ...options }: SendOptions = {},
  ): Promise<PartialSuccess> {
    const given = this.#giveHeaders();
    if (leaving) {
      given.catch(() => undefined); // the ones known last are the best there are
      return this.#post(body, this.#headers, options);
    }
    await given.catch((cause: unknown) => {
      throw new ExportFailure('its `headers` function failed', { retryable: true, cause });
    });
    const release = this.#options.clock.hold?.(); // compressing takes real time
    try {
      const compressed = this.#options.gzip ? await gzip(body) : undefined;
      const encoding = compressed && { 'content-encoding': 'gzip' };
      return await this.#post(compressed ?? body, { ...this.#headers, ...encoding }, options, release);
    } finally {
      release?.();
    }
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.#stop.abort();
  }

  async #export(spans: ReadableSpan[]): Promise<void> {
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

  /** Before it returns, where `headers` gives no promise. */
  async #giveHeaders(): Promise<void> {
    const { headers } = this.#options;
    if (typeof headers !== 'function') return;
    const given = headers();
    this.#headers = given instanceof Promise ? await given : given;
  }

  /** Up to the call of fetch without an await, since a page that goes runs no further. */
  async #post(
    body: Uint8Array<ArrayBuffer>,
    given: ExportHeaders,
    { signal, ...init }: SendOptions,
    release?: () => void,
  ): Promise<PartialSuccess> {
    const { clock, requestTimeoutMs: timeoutMs, fetch, url } = this.#options;
    const over = new AbortController();
    const stopped = AbortSignal.any([this.#stop.signal, ...(signal ? [signal] : [])]);
    const both = AbortSignal.any([over.signal, stopped]);
    const late = () => new ExportFailure(`it did not answer within ${timeoutMs} ms`, { retryable: true });
    let response: Response | undefined;
    const attempt = async () => {
      const headers = new Headers(given);
      headers.set('content-type', this.encoding.contentType);
      const pending = untraced(() => fetch(url, { ...init, method: 'POST', headers, body, signal: both }));
      release?.();
      response = await pending;
      return read(response, clock.now(), both);
    };
    try {
      return await within(attempt, { clock, timeoutMs, signal: stopped, late });
    } catch (error) {
      if (error instanceof ExportFailure && error.status) throw error;
      if (response) return judged(response, clock.now()); // the head alone decides
      throw error instanceof ExportFailure ? error : unreachable(`${url}`, error);
    } finally {
      over.abort();
    }
  }
}

async function read(response: Response, now: number, signal: AbortSignal): Promise<PartialSuccess> {
  const { ok, status, body } = response;
  const maxBytes = ok ? MAX_RESPONSE_BYTES : isRetriedStatus(status) ? 0 : MAX_SHOWN_BYTES;
  const { bytes } = await readBytes(body, maxBytes, signal);
  return judged(response, now, bytes); // a `Retry-After` counts from the head
}

/** What was left out, for a 2xx. Throws an `ExportFailure` for any other status. */
function judged({ ok, status, headers }: Response, now: number, bytes = new Uint8Array()): PartialSuccess {
  if (ok) return readPartialSuccess(bytes, headers.get('content-type') ?? '');
  const text = new TextDecoder().decode(bytes).trim();
  const said = text && !text.startsWith('<') ? `: ${text}` : '';
  throw new ExportFailure(`it answered ${status}${status === 415 ? ' (to this `format`)' : ''}${said}`, {
    retryable: isRetriedStatus(status),
    status,
    retryAfterMs: retryAfterMs(headers, now),
  });
}

function unreachable(url: string, cause: unknown): ExportFailure {
  const base: string | undefined = globalThis.location?.href; // none in Node and deployed workers
  const isAddress = URL.canParse(url, base) && /^https?:\/\/[^/@]+\//.test(new URL(url, base).href);
  if (!isAddress) return new ExportFailure('it is not an http address', { retryable: false, cause });
  const hint = base ? ' (is it running, and does its CORS setting allow this origin?)' : '';
  return new ExportFailure(`it cannot be reached: ${messageOf(cause)}${hint}`, { retryable: true, cause });
}

/** The runtime's fetch as it is at the call; an instrumentation keeps the original on its wrapper. */
const plainFetch: Fetch = (input, init) => {
  const fetch: Fetch & { __original?: Fetch } = globalThis.fetch;
  return (fetch.__original ?? fetch).call(globalThis, input, init);
};

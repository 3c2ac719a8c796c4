import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { AgentConfigurationError } from '../../errors';
import { showAddress } from '../../web/address';
import { type Clock, systemClock } from '../../web/clock';
import { within } from '../../web/deadline';
import type { Fetch } from '../../web/fetch';
import { isPromise } from '../../web/is-promise';
import { refuseSetting, refuseUnknownOptions, requireWholeNumber, showSetting } from '../../web/options';
import { tell } from '../tell';
import { untraced } from '../untraced';
import type { Delivery } from './delivery';
import { ExportFailure, failureFrom, messageOf } from './export-failure';
import { type ExportHeaders, headersProblem } from './export-headers';
import { encodings, type OtlpEncoding, type OtlpFormat } from './otlp';
import type { PartialSuccess } from './partial-success';

const OWNER = 'FetchSpanExporter';

export interface FetchSpanExporterOptions {
  /** Where the collector takes traces, such as `http://localhost:6006/v1/traces`; in a page also `/v1/traces`. */
  url: string | URL;
  /** Headers, such as `authorization`, or what gives them at each request. They never become part of a span or a message. */
  headers?: ExportHeaders | (() => ExportHeaders | Promise<ExportHeaders>);
  /** Default protobuf, which every collector takes, Phoenix nothing else. */
  format?: OtlpFormat;
  /** Whether bodies are compressed, where the runtime can; default true. Those of a page that goes never are. */
  gzip?: boolean;
  /** Longest attempt, response included, in milliseconds; default 10 s. A `headers` function has as long. */
  requestTimeoutMs?: number;
  /** Default the runtime's own, without what an instrumentation wrapped around it. */
  fetch?: Fetch;
  clock?: Clock;
}

export interface SendOptions {
  signal?: AbortSignal;
  /** The page goes: fetch is called before this returns, with a body as it is. */
  leaving?: boolean;
  /** Whether the request may outlive the page, asked with the bytes of its body; a browser grants 64 KiB at a time. */
  keepalive?: (bytes: number) => boolean;
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
  /** Whether bodies get shorter on their way. */
  readonly compresses: boolean;
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
    this.compresses = (options.gzip ?? true) && 'CompressionStream' in globalThis;
    this.destination = shown(`${url}`);
    if (typeof headers !== 'function') {
      const problem = headersProblem(headers);
      if (problem) throw new AgentConfigurationError(`${OWNER}: headers ${problem}`);
      this.#headers = headers;
    }
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
    { leaving = false, signal, keepalive }: SendOptions = {},
  ): Promise<PartialSuccess> {
    const { clock, requestTimeoutMs: timeoutMs, gzip, url } = this.#options;
    const over = new AbortController();
    const stopped = AbortSignal.any([this.#stop.signal, ...(signal ? [signal] : [])]);
    const both = AbortSignal.any([over.signal, stopped]);
    const given = this.#giveHeaders();
    given.catch(() => undefined); // of a page that goes: the ones known last are the best there are
    const request: Delivery['request'] = (bytes, encoding) =>
      this.#fetch(bytes, encoding, { signal: both, keepalive: keepalive?.(bytes.length) ?? false });
    const begun = leaving ? request(body, {}) : undefined;
    begun?.catch(() => undefined); // heard of below
    const late = () => new ExportFailure(`its \`headers\` function took over ${timeoutMs} ms`, { retryable: true });
    let release: (() => void) | undefined;
    try {
      if (!begun) await within(() => given, { clock, timeoutMs, signal: stopped, late });
      release = clock.hold?.(); // to fetch code and to compress takes real time
      const deliver = await loadDelivery();
      if (begun) release?.();
      const secrets = Object.values(this.#headers);
      const limits = { clock, timeoutMs, signal: stopped };
      return await deliver({ body, gzip, begun, request, release, limits, both, address: `${url}`, secrets });
    } finally {
      release?.();
      over.abort();
    }
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.#stop.abort();
  }

  async #export(spans: ReadableSpan[]): Promise<void> {
    let body: Uint8Array<ArrayBuffer>;
    await this.encoding.ready?.().catch(() => undefined); // most spans need nothing of it
    try {
      body = this.encoding.encode(spans);
    } catch (cause) {
      throw new ExportFailure(`spans cannot be encoded: ${messageOf(cause)}`, { retryable: false, cause });
    }
    const { rejectedSpans, message } = await this.send(body);
    if (rejectedSpans > 0 || message !== '')
      tell('warn', `${this.destination} left out ${rejectedSpans} of ${spans.length} spans: ${message}`);
  }

  /** Before it returns, where `headers` gives no promise. Throws an `ExportFailure`. */
  async #giveHeaders(): Promise<void> {
    const { headers } = this.#options;
    if (typeof headers !== 'function') return;
    let given: unknown;
    try {
      given = headers();
      if (isPromise(given)) given = await given;
    } catch (cause) {
      throw new ExportFailure('its `headers` function failed', { retryable: true, cause });
    }
    const problem = headersProblem(given);
    if (problem) throw new ExportFailure(`its headers ${problem}`, { retryable: false });
    this.#headers = given as ExportHeaders; // which was checked
  }

  /** Without an await, since a page that goes runs no further. Redirects are not followed: they turn a POST into a GET. */
  #fetch(body: Uint8Array<ArrayBuffer>, encoding: ExportHeaders, init: RequestInit): Promise<Response> {
    const { fetch, url } = this.#options;
    const headers = { ...lowerCased(this.#headers), ...encoding, 'content-type': this.encoding.contentType };
    return untraced(() => fetch(url, { ...init, method: 'POST', redirect: 'manual', headers, body }));
  }
}

/** What reads answers is fetched with the first batch. A fetch of it that failed is made again with the next attempt. */
async function loadDelivery(): Promise<typeof import('./delivery')['deliver']> {
  try {
    return (await import('./delivery')).deliver;
  } catch (cause) {
    throw new ExportFailure('the part of the SDK that sends cannot be fetched', { retryable: true, cause });
  }
}

/** An address as it may be shown: without credentials and query; a text that is no address as far as it holds none. */
function shown(address: string): string {
  if (/^\/(?!\/)/.test(address)) return address.replace(/[?#].*$/s, ''); // of the page's own origin
  return URL.canParse(address)
    ? showAddress(address)
    : showSetting(address.replace(/[?#].*$/s, '…').replace(/^.*@/s, '…@'));
}

function lowerCased(headers: ExportHeaders): ExportHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The runtime's fetch as it is at the call; an instrumentation keeps the original on its wrapper. */
const plainFetch: Fetch = (input, init) => {
  const fetch: Fetch & { __original?: Fetch } = globalThis.fetch;
  return (fetch.__original ?? fetch).call(globalThis, input, init);
};

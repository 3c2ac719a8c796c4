import { SpanStatusCode } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { FetchBatchSpanProcessor, SmolagentsInstrumentor, WebCryptoIdGenerator } from 'smolagents-web/telemetry';
import type { Fetch } from '../src/web/fetch';

const PROJECT = 'smolagents-web example';
const NAME_WIDTH = 52;

/** Where a trace is sent. */
export interface CollectorPlace {
  /** Where it takes traces, such as `http://localhost:6006/v1/traces`. */
  url: string;
  /** Key of a Phoenix with auth. */
  key: string | undefined;
  /** Time for all tries. */
  timeoutMs: number;
}

/** The spans of the example's run, kept to be printed and, where a collector is given, sent to it. */
export class Tracing {
  readonly #kept = new InMemorySpanExporter();
  readonly #collector: CollectorPlace | undefined;
  readonly #sender: FetchBatchSpanProcessor | undefined;
  readonly #instrumentor = new SmolagentsInstrumentor();
  /** What came of the last request to the collector, for a person. */
  #last = 'it was not asked';

  constructor(collector: CollectorPlace | undefined, fetch: Fetch) {
    this.#collector = collector;
    this.#sender =
      collector &&
      new FetchBatchSpanProcessor({
        url: collector.url,
        fetch: (input, init) => this.#ask(fetch, input, init),
        shutdownTimeoutMs: collector.timeoutMs,
        ...(collector.key && { headers: { authorization: `Bearer ${collector.key}` } }),
      });
    const tracerProvider = new WebTracerProvider({
      idGenerator: new WebCryptoIdGenerator(),
      resource: resourceFromAttributes({ 'service.name': PROJECT, 'openinference.project.name': PROJECT }),
      spanLimits: { attributeCountLimit: 10_000 }, // a long history has more than the 128 of the default
      spanProcessors: [new SimpleSpanProcessor(this.#kept), ...(this.#sender ? [this.#sender] : [])],
    });
    this.#instrumentor.instrument({ tracerProvider });
  }

  /** No run leaves spans any more; what was to be sent has been, or is lost. Gives the text to print. */
  async end(): Promise<string> {
    this.#instrumentor.uninstrument();
    const spans = this.#kept.getFinishedSpans();
    const tree = spanTree(spans).join('\n');
    const traceId = spans.at(-1)?.spanContext().traceId;
    if (!this.#sender || !this.#collector || traceId === undefined) return `\nTrace:\n${tree}\n`;
    await this.#sender.shutdown();
    const { lost, ended } = this.#sender.counters;
    if (lost === 0) return `\nTrace: ${linkTo(this.#collector.url, traceId)}\n`;
    return `\n${lost} of ${ended} spans did not reach ${this.#collector.url}, and are lost: ${this.#last}\n${tree}\n`;
  }

  async #ask(fetch: Fetch, ...request: Parameters<Fetch>): Promise<Response> {
    try {
      const response = await fetch(...request);
      this.#last = `it answered ${response.status}.${adviceFor(response.status)}`;
      return response;
    } catch (error) {
      this.#last = `${reasonOf(error)}. Is the collector running?`;
      throw error;
    }
  }
}

function adviceFor(status: number): string {
  if (status === 401 || status === 403) return ' PHOENIX_API_KEY must hold a key that it takes.';
  if (status === 404 || status === 405) return ' Phoenix takes traces at /v1/traces.';
  if (status === 415) return ' It does not take OTLP as protobuf.';
  return status >= 300 && status < 400 ? ' It redirects; give the address where it takes traces.' : '';
}

/** What lies below `fetch failed`, such as `connect ECONNREFUSED 127.0.0.1:6006`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'it did not answer in time';
  if (error.cause !== undefined) return reasonOf(error.cause);
  return error.message || String('code' in error ? error.code : error.name); // several addresses tried have no message
}

/** Where Phoenix shows a trace, from where it takes them; another collector's page has to be looked up by the id in it. */
export function linkTo(url: string, traceId: string): string {
  return new URL(`redirects/traces/${traceId}`, url.replace(/v1\/traces\/?$/, '')).href;
}

/** Spans as lines: name, kind, duration, tokens; two blanks a depth, in the order of their start. */
export function spanTree(spans: readonly ReadableSpan[], parent?: string, depth = 0): string[] {
  const known = new Set(spans.map((span) => span.spanContext().spanId));
  const parentOf = ({ parentSpanContext }: ReadableSpan) =>
    parentSpanContext && known.has(parentSpanContext.spanId) ? parentSpanContext.spanId : undefined;
  return spans
    .filter((span) => parentOf(span) === parent)
    .toSorted((a, b) => a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1])
    .flatMap((span) => [spanLine(span, depth), ...spanTree(spans, span.spanContext().spanId, depth + 1)]);
}

function spanLine({ name, attributes, duration: [seconds, nanoseconds], status }: ReadableSpan, depth: number): string {
  const title = `  ${'  '.repeat(depth)}${name}`.padEnd(NAME_WIDTH);
  const kind = String(attributes['openinference.span.kind'] ?? '').padEnd(5);
  const time = `${(seconds + nanoseconds / 1e9).toFixed(2)} s`.padStart(9);
  const [prompt, completion] = [attributes['llm.token_count.prompt'], attributes['llm.token_count.completion']];
  const tokens = prompt === undefined ? '' : `  ${prompt} tokens in, ${completion ?? 0} out`;
  const failure = status.code === SpanStatusCode.ERROR ? `  failed: ${status.message?.split('\n')[0] ?? ''}` : '';
  return `${title} ${kind} ${time}${tokens}${failure}`;
}

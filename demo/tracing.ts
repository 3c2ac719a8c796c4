import { SpanStatusCode } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { FetchBatchSpanProcessor, SmolagentsInstrumentor, WebCryptoIdGenerator } from 'smolagents-web/telemetry';
import type { Fetch } from '../src/web/fetch';

const PROJECT = 'smolagents-web example';
const FLUSH_MS = 10_000;
const NAME_WIDTH = 52;

/** The spans of the example's run, kept to be printed and, where a collector is given, sent to it. */
export class Tracing {
  readonly #kept = new InMemorySpanExporter();
  readonly #sender: FetchBatchSpanProcessor | undefined;
  readonly #instrumentor = new SmolagentsInstrumentor();
  readonly #url: string | undefined;

  /** `url` is where a collector takes traces, such as `http://localhost:6006/v1/traces`. */
  constructor(url: string | undefined, fetch: Fetch) {
    this.#url = url;
    this.#sender =
      url === undefined ? undefined : new FetchBatchSpanProcessor({ url, fetch, flushTimeoutMs: FLUSH_MS });
    const tracerProvider = new WebTracerProvider({
      idGenerator: new WebCryptoIdGenerator(),
      resource: resourceFromAttributes({ 'service.name': PROJECT, 'openinference.project.name': PROJECT }),
      spanLimits: { attributeCountLimit: 10_000 }, // a long history has more than the 128 of the default
      spanProcessors: [new SimpleSpanProcessor(this.#kept), ...(this.#sender ? [this.#sender] : [])],
    });
    this.#instrumentor.instrument({ tracerProvider });
  }

  /** No run leaves spans any more; what was to be sent has been, or is given up. Gives the text to print. */
  async end(): Promise<string> {
    this.#instrumentor.uninstrument();
    const spans = this.#kept.getFinishedSpans();
    const traceId = spans.at(-1)?.spanContext().traceId;
    if (!this.#sender || this.#url === undefined || traceId === undefined)
      return `\nTrace:\n${spanTree(spans).join('\n')}\n`;
    const reason = await this.#sender.forceFlush().then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const { lost } = this.#sender.counters;
    await this.#sender.shutdown();
    if (reason === undefined && lost === 0) return `\nTrace: ${linkTo(this.#url, traceId)}\n`;
    return `\nThe trace did not reach ${this.#url} (${reason ?? `${lost} spans were lost`}). Is the collector running?\n${spanTree(spans).join('\n')}\n`;
  }
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

import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';

/** A provider that keeps its spans, with the limits of an app that thought of them, or with those of OpenTelemetry. */
export function tracing({ attributeCountLimit }: { attributeCountLimit?: number } = { attributeCountLimit: 10_000 }) {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new WebTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    ...(attributeCountLimit && { spanLimits: { attributeCountLimit } }),
  });
  const spans = (): ReadableSpan[] => exporter.getFinishedSpans();
  return {
    tracerProvider,
    spans,
    named: (name: string) => spans().filter((span) => span.name === name),
    /** Paths of names from the root, one for each span, sorted; `lost` in front where a parent was not exported. */
    paths: () => pathsOf(spans()),
    /** All texts of all spans: names, status, attributes, events. */
    text: () =>
      JSON.stringify(spans().map(({ name, status, attributes, events }) => ({ name, status, attributes, events }))),
  };
}

function pathsOf(spans: readonly ReadableSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
  const path = (span: ReadableSpan): string => {
    const id = span.parentSpanContext?.spanId;
    if (id === undefined) return span.name;
    const parent = byId.get(id);
    return `${parent ? path(parent) : 'lost'} > ${span.name}`;
  };
  return spans.map(path).sort();
}

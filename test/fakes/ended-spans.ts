import { type Attributes, ROOT_CONTEXT, type Tracer, trace } from '@opentelemetry/api';
import { type SpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web';

/** A tracer whose spans go to this processor. */
export function tracerOf(processor: SpanProcessor): Tracer {
  return new WebTracerProvider({ spanProcessors: [processor] }).getTracer('test');
}

/** Ends so many child spans at once, then one root, all of one trace. Returns how many that were. */
export function endSpans(tracer: Tracer, children: number, attributes: Attributes = {}): number {
  const root = tracer.startSpan('root', {}, ROOT_CONTEXT);
  const inside = trace.setSpan(ROOT_CONTEXT, root);
  for (let index = 0; index < children; index += 1) tracer.startSpan(`span ${index}`, { attributes }, inside).end();
  root.end();
  return children + 1;
}

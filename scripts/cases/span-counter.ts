import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { runWatcher } from 'smolagents-web/telemetry';

/** Telemetry for a run that keeps the spans which ended, and counts those which began. */
export function spanCounter() {
  const spans: ReadableSpan[] = [];
  let started = 0;
  const counter = {
    onStart: () => {
      started += 1;
    },
    onEnd: (span: ReadableSpan) => void spans.push(span),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const tracerProvider = new WebTracerProvider({
    spanProcessors: [counter],
    spanLimits: { attributeCountLimit: 10_000 },
  });
  return { telemetry: runWatcher({ tracerProvider }), spans, started: () => started };
}

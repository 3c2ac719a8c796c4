import { type HrTime, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { AttributeJson, SpanEvent } from './golden-file';

/** One span of ours, in the words of a golden file. */
export interface ActualSpan {
  id: string;
  name: string;
  kind: string;
  otelKind: string;
  status: { code: string; message?: string };
  attributes: Readonly<Record<string, AttributeJson>>;
  events: readonly SpanEvent[];
  parentId: string | undefined;
  traceId: string;
  startNanos: bigint;
  endNanos: bigint;
  /** In the order in which they began. */
  children: ActualSpan[];
}

/** The trees that exported spans are, in the order in which they began. */
export function actualTrees(spans: readonly ReadableSpan[]): { roots: ActualSpan[]; all: ActualSpan[] } {
  const all = spans.map(toActual).sort((a, b) => Number(a.startNanos - b.startNanos));
  const byId = new Map(all.map((span) => [span.id, span]));
  const roots = all.filter((span) => {
    const parent = span.parentId === undefined ? undefined : byId.get(span.parentId);
    parent?.children.push(span);
    return !parent;
  });
  return { roots, all };
}

function toActual(span: ReadableSpan): ActualSpan {
  const { spanId, traceId } = span.spanContext();
  const attributes = plain(span.attributes);
  return {
    id: spanId,
    name: span.name,
    kind: String(attributes['openinference.span.kind'] ?? 'none'),
    otelKind: SpanKind[span.kind],
    status: {
      code: SpanStatusCode[span.status.code],
      ...(span.status.message !== undefined && { message: span.status.message }),
    },
    attributes,
    events: span.events.map((event) => ({ name: event.name, attributes: plain(event.attributes ?? {}) })),
    parentId: span.parentSpanContext?.spanId,
    traceId,
    startNanos: nanos(span.startTime),
    endNanos: nanos(span.endTime),
    children: [],
  };
}

function plain(attributes: ReadableSpan['attributes']): Record<string, AttributeJson> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([key, value]): [string, AttributeJson][] => {
      if (value === undefined) return [];
      return [[key, Array.isArray(value) ? value.flatMap((item) => item ?? []) : (value as AttributeJson)]];
    }),
  );
}

function nanos([seconds, rest]: HrTime): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(rest);
}

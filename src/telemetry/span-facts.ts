import type { Attributes } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { OtlpEncoding } from './otlp';

/** About how many bytes a span takes in a body. Texts count a byte a character: exact for ASCII, and cheap. */
export function estimateBytes(span: ReadableSpan, { span: perSpan, attribute }: OtlpEncoding['overhead']): number {
  let bytes = perSpan + span.name.length + attributeBytes(span.attributes, attribute);
  for (const event of span.events) bytes += 60 + event.name.length + attributeBytes(event.attributes, attribute);
  for (const link of span.links) bytes += 100 + attributeBytes(link.attributes, attribute);
  return bytes + (span.status.message?.length ?? 0);
}

function attributeBytes(attributes: Attributes | undefined, overhead: number): number {
  let bytes = 0;
  for (const key in attributes) bytes += overhead + key.length + valueBytes(attributes[key]);
  return bytes;
}

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (!Array.isArray(value)) return 8;
  let bytes = 0;
  for (const item of value) bytes += 8 + (typeof item === 'string' ? item.length : 8);
  return bytes;
}

/** Whether a span has no parent, or one in another process. */
export function isRootSpan({ parentSpanContext }: ReadableSpan): boolean {
  return !parentSpanContext?.spanId || parentSpanContext.isRemote === true;
}

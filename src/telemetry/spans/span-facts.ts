import type { Attributes } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

/** About how many bytes a span takes in a body. Texts count a byte a character: exact for ASCII, and cheap. */
export function estimateBytes({ name, attributes, events, links, status }: ReadableSpan): number {
  let bytes = 120 + name.length + (status.message?.length ?? 0) + attributeBytes(attributes);
  for (const each of [...events, ...links]) bytes += 100 + attributeBytes(each.attributes);
  return bytes;
}

function attributeBytes(attributes: Attributes | undefined): number {
  let bytes = 0;
  for (const key in attributes) bytes += 12 + key.length + valueBytes(attributes[key]);
  return bytes;
}

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return Array.isArray(value) ? value.reduce<number>((sum, item) => sum + 8 + valueBytes(item), 0) : 8;
}

/** Whether a span has no parent, or one in another process. */
export function isRootSpan({ parentSpanContext }: ReadableSpan): boolean {
  return !parentSpanContext?.spanId || parentSpanContext.isRemote === true;
}

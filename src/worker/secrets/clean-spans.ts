import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { OtlpEncoding } from '../../telemetry/export/otlp';
import { isAllowed } from '../../telemetry/spans/attribute-writer';
import { type Clean, REMOVED } from './secrets';

/**
 * The same encoding, of spans without secrets: whoever wrote into them, the SDK, a tool by its handle, or by OpenTelemetry
 * itself. The only way out for the spans of a run.
 */
export function cleanEncoding(encoding: OtlpEncoding, clean: Clean): OtlpEncoding {
  return { ...encoding, encode: (spans) => encoding.encode(spans.map((span) => cleanSpan(span, clean))) };
}

function cleanSpan(span: ReadableSpan, clean: Clean): ReadableSpan {
  const { name, attributes, status, events, links } = span;
  const { message } = status;
  const values = {
    name: clean(name),
    attributes: cleanAttributes(attributes, clean),
    status: { ...status, ...(message !== undefined && { message: clean(message) }) },
    events: events.map((event) => ({
      ...event,
      name: clean(event.name),
      attributes: cleanAttributes(event.attributes, clean),
    })),
    links: links.map((link) => ({ ...link, attributes: cleanAttributes(link.attributes, clean) })),
  };
  const properties = Object.entries(values).map(([key, value]) => [key, { value, enumerable: true }]);
  return Object.create(span, Object.fromEntries(properties)); // what it computes is as before
}

/** Names and numbers of ours stay: whoever reads traces needs them, and a secret may look like one by chance. */
function cleanAttributes(attributes: Attributes = {}, clean: Clean): Attributes {
  const entries = Object.entries(attributes).map(([key, value]) => {
    const isOwn = isAllowed(key);
    return [isOwn ? key : clean(key), value === undefined ? value : cleanValue(value, isOwn, clean)];
  });
  return Object.fromEntries(entries);
}

function cleanValue(value: AttributeValue, isOwn: boolean, clean: Clean): AttributeValue {
  if (typeof value === 'string') return clean(value);
  if (!Array.isArray(value)) return isOwn || clean(String(value)) === String(value) ? value : REMOVED;
  const texts = value.map(String);
  const cleaned = texts.map(clean);
  return cleaned.every((text, index) => text === texts[index]) ? value : cleaned;
}

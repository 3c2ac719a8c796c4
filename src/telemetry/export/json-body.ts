import type { Attributes } from '@opentelemetry/api';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

/**
 * The stock JSON body, with what JSON and its readers cannot take made sendable, since a collector refuses the whole request for
 * one such value: numbers that are no 64-bit integers, infinite or NaN become a `doubleValue`, by name where JSON lacks them
 * (proto3 JSON mapping), and a lone surrogate the replacement character. Undefined where the serialiser gives nothing.
 */
export function jsonBody(spans: ReadableSpan[]): Uint8Array | undefined {
  const mark = crypto.randomUUID(); // so that no text of an app can pass for a number
  const marked = spans.map((span) => withMarks(span, mark));
  const bytes = JsonTraceSerializer.serializeRequest(marked);
  if (!bytes) return undefined;
  const text = new TextDecoder().decode(bytes);
  const isMarked = marked.some((span, index) => span !== spans[index]);
  if (!isMarked && !LONE_SURROGATE.test(text)) return bytes;
  const numbers = isMarked ? text.replace(new RegExp(`"stringValue":"${mark} ([^"]*)"`, 'g'), asDouble) : text;
  return new TextEncoder().encode(numbers.replace(ESCAPE, replaceSurrogate));
}

/** `JSON.stringify` escapes lone surrogates and no other letters beyond ASCII. */
const LONE_SURROGATE = /\\ud[89a-f]/;
const ESCAPE = /\\(?:ud[89a-f][0-9a-f]{2}|.)/g;

function replaceSurrogate(letter: string): string {
  return letter.startsWith('\\ud') ? '\\ufffd' : letter;
}

function asDouble(_: string, number: string): string {
  return `"doubleValue":${Number.isFinite(Number(number)) ? number : `"${number}"`}`;
}

/** The span itself where it has no such number, else a copy in which they are texts with the mark. */
function withMarks(span: ReadableSpan, mark: string): ReadableSpan {
  const { name, kind, startTime, endTime, status, duration, ended, parentSpanContext } = span;
  const { attributes, events, links, resource, instrumentationScope } = span;
  if (![attributes, ...[...events, ...links].map((each) => each.attributes)].some(hasOdd)) return span;
  const marked = (given: Attributes | undefined) => given && (withMarkedNumbers(given, mark) as Attributes); // texts for numbers
  return {
    ...{ name, kind, startTime, endTime, status, duration, ended, resource, instrumentationScope },
    ...(parentSpanContext && { parentSpanContext }),
    spanContext: () => span.spanContext(),
    attributes: marked(attributes) ?? {},
    events: events.map((event) => ({ ...event, attributes: marked(event.attributes) })),
    links: links.map((link) => ({ ...link, attributes: marked(link.attributes) })),
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}

function hasOdd(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(hasOdd);
  return isOdd(value);
}

function isOdd(value: unknown): boolean {
  return (
    typeof value === 'number' && !Number.isSafeInteger(value) && (Number.isInteger(value) || !Number.isFinite(value))
  );
}

function withMarkedNumbers(value: unknown, mark: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withMarkedNumbers(item, mark));
  if (hasOdd(value) && typeof value === 'object')
    return Object.fromEntries(Object.entries(value ?? {}).map(([key, item]) => [key, withMarkedNumbers(item, mark)]));
  return isOdd(value) ? `${mark} ${value}` : value;
}

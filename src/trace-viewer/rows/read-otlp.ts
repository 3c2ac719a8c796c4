import { isRecord } from '../../web/record';
import { FACTS, idOf, isFailure, type Span, type SpanEvent, timeOf } from './span';

/** The spans of an OTLP/JSON export request; `resourceSpans` may hold anything else, which is passed over. */
export function* readOtlp(resourceSpans: unknown, skipped: (what: unknown) => void): Generator<Span, void> {
  for (const resource of listOf(resourceSpans))
    for (const scope of listOf(isRecord(resource) && (resource.scopeSpans ?? resource.instrumentationLibrarySpans)))
      for (const span of listOf(isRecord(scope) && scope.spans)) {
        if (isRecord(span)) yield new OtlpSpan(span);
        else skipped(span);
      }
}

type Fields = Readonly<Record<string, unknown>>;

class OtlpSpan implements Span {
  readonly id: string;
  readonly traceId: string;
  readonly parentId: string;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly failed: boolean;
  readonly message: string;
  readonly facts: Record<string, unknown> = {};

  constructor(readonly raw: Fields) {
    this.id = idOf(raw.spanId);
    this.traceId = idOf(raw.traceId);
    this.parentId = idOf(raw.parentSpanId);
    this.name = String(raw.name ?? '');
    this.startMs = timeOf(raw.startTimeUnixNano);
    this.endMs = timeOf(raw.endTimeUnixNano);
    const status = isRecord(raw.status) ? raw.status : {};
    this.failed = isFailure(status.code);
    this.message = typeof status.message === 'string' ? status.message : '';
    for (const each of listOf(raw.attributes)) {
      const key = isRecord(each) ? each.key : undefined;
      // no key of these is longer, and to look up hundreds of keys of messages takes time
      if (typeof key === 'string' && key.length < 27 && FACTS.has(key))
        this.facts[key] = plainValue((each as Fields).value);
    }
  }

  attributes(): Record<string, unknown> {
    return attributesOf(this.raw.attributes);
  }

  events(): SpanEvent[] {
    return listOf(this.raw.events).flatMap((event) =>
      isRecord(event) ? [{ name: String(event.name), attributes: attributesOf(event.attributes) }] : [],
    );
  }

  texts(): string[] {
    const texts = [this.name, this.message];
    addTexts(this.raw.attributes, texts);
    for (const event of listOf(this.raw.events)) if (isRecord(event)) addTexts(event.attributes, texts);
    return texts;
  }
}

function addTexts(attributes: unknown, to: string[]): void {
  for (const each of listOf(attributes)) {
    const value = isRecord(each) ? each.value : undefined;
    if (!isRecord(value)) continue;
    if (typeof value.stringValue === 'string') to.push(value.stringValue);
    else if (value.arrayValue || value.kvlistValue) to.push(JSON.stringify(plainValue(value)));
    else if (!('boolValue' in value)) to.push(String(plainValue(value)));
  }
}

/** Without a prototype: the keys are others' words. */
function attributesOf(list: unknown, depth = 0): Record<string, unknown> {
  const all: Record<string, unknown> = Object.create(null);
  for (const each of listOf(list)) if (isRecord(each)) all[String(each.key)] = plainValue(each.value, depth);
  return all;
}

const DEEPEST = 100; // a value of a file may be nested as deep as JSON.parse goes

function plainValue(value: unknown, depth = 0): unknown {
  if (!isRecord(value) || depth > DEEPEST) return value;
  const { stringValue, intValue, doubleValue, arrayValue, kvlistValue } = value;
  if (stringValue !== undefined) return stringValue;
  if (intValue !== undefined) return Number(intValue);
  if (doubleValue !== undefined) return doubleValue;
  if (isRecord(arrayValue)) return listOf(arrayValue.values).map((each) => plainValue(each, depth + 1));
  if (isRecord(kvlistValue)) return attributesOf(kvlistValue.values, depth + 1);
  return value.boolValue ?? value.bytesValue;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

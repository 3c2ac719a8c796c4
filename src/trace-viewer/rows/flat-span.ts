import { isRecord } from '../../web/record';
import { textOf } from './labels';
import type { Span, SpanEvent } from './span';

/** A span whose attributes are an object: flat keys, nested ones, or both. */
export class FlatSpan implements Span {
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    readonly id: string,
    readonly traceId: string,
    readonly parentId: string,
    readonly name: string,
    public startMs: number,
    public endMs: number,
    readonly failed: boolean,
    readonly message: string,
    readonly raw: Readonly<Record<string, unknown>>,
  ) {
    this.facts = this.attributes();
  }

  attributes(): Record<string, unknown> {
    return flattened(this.raw.attributes, this.raw.span_kind ?? this.raw.kind);
  }

  events(): SpanEvent[] {
    const { events } = this.raw;
    return (Array.isArray(events) ? events : []).flatMap((event) =>
      isRecord(event) ? [{ name: String(event.name), attributes: flattened(event.attributes ?? event) }] : [],
    );
  }

  texts(): string[] {
    const values = [this.attributes(), ...this.events().map(({ attributes }) => attributes)].flatMap(Object.values);
    return [this.name, this.message, ...values.map(textOf)];
  }
}

/** Nested objects and lists of objects under keys with dots; lists of anything else stay values. */
function flattened(attributes: unknown, kind?: unknown): Record<string, unknown> {
  const flat: Record<string, unknown> = Object.create(null);
  if (typeof kind === 'string') flat['openinference.span.kind'] = kind;
  const stack: [string, unknown][] = [['', attributes]];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const [at, value] = next;
    const isList = Array.isArray(value) && value.length > 0 && value.every(isRecord);
    if (!isRecord(value) && !isList) {
      if (at) flat[at] = value;
    } else for (const [key, each] of Object.entries(value ?? {})) stack.push([at ? `${at}.${key}` : key, each]);
  }
  return flat;
}

/*
 * Reads OTLP's protobuf encoding of traces into its JSON encoding, as opentelemetry-proto 1.x (trace.proto, common.proto,
 * resource.proto) and the OTLP specification say: ids in hex, 64-bit numbers as texts, enums as numbers, bytes in base64.
 */

import { tooMuch } from '../problem';

type Scalar = 'text' | 'hex' | 'base64' | 'int64' | 'uint32' | 'boolean' | 'fixed64' | 'fixed32' | 'double';
/** Fields by number: name, what is in it (a scalar, or the fields of a message), and whether it may come many times. */
type Fields = ReadonlyMap<number, readonly [name: string, content: Scalar | (() => Fields), many?: 'many']>;

const KEY_VALUE: Fields = new Map([
  [1, ['key', 'text']],
  [2, ['value', () => ANY_VALUE]],
]);
const VALUES: Fields = new Map([[1, ['values', () => ANY_VALUE, 'many']]]);
const KEY_VALUES: Fields = new Map([[1, ['values', () => KEY_VALUE, 'many']]]);
const ANY_VALUE: Fields = new Map([
  [1, ['stringValue', 'text']],
  [2, ['boolValue', 'boolean']],
  [3, ['intValue', 'int64']],
  [4, ['doubleValue', 'double']],
  [5, ['arrayValue', () => VALUES]],
  [6, ['kvlistValue', () => KEY_VALUES]],
  [7, ['bytesValue', 'base64']],
]);
const RESOURCE: Fields = new Map([
  [1, ['attributes', () => KEY_VALUE, 'many']],
  [2, ['droppedAttributesCount', 'uint32']],
]);
const SCOPE: Fields = new Map([
  [1, ['name', 'text']],
  [2, ['version', 'text']],
  [3, ['attributes', () => KEY_VALUE, 'many']],
  [4, ['droppedAttributesCount', 'uint32']],
]);
const EVENT: Fields = new Map([
  [1, ['timeUnixNano', 'fixed64']],
  [2, ['name', 'text']],
  [3, ['attributes', () => KEY_VALUE, 'many']],
  [4, ['droppedAttributesCount', 'uint32']],
]);
const LINK: Fields = new Map([
  [1, ['traceId', 'hex']],
  [2, ['spanId', 'hex']],
  [3, ['traceState', 'text']],
  [4, ['attributes', () => KEY_VALUE, 'many']],
  [5, ['droppedAttributesCount', 'uint32']],
  [6, ['flags', 'fixed32']],
]);
const STATUS: Fields = new Map([
  [2, ['message', 'text']],
  [3, ['code', 'uint32']],
]);
const SPAN: Fields = new Map([
  [1, ['traceId', 'hex']],
  [2, ['spanId', 'hex']],
  [3, ['traceState', 'text']],
  [4, ['parentSpanId', 'hex']],
  [5, ['name', 'text']],
  [6, ['kind', 'uint32']],
  [7, ['startTimeUnixNano', 'fixed64']],
  [8, ['endTimeUnixNano', 'fixed64']],
  [9, ['attributes', () => KEY_VALUE, 'many']],
  [10, ['droppedAttributesCount', 'uint32']],
  [11, ['events', () => EVENT, 'many']],
  [12, ['droppedEventsCount', 'uint32']],
  [13, ['links', () => LINK, 'many']],
  [14, ['droppedLinksCount', 'uint32']],
  [15, ['status', () => STATUS]],
  [16, ['flags', 'fixed32']],
]);
const SCOPE_SPANS: Fields = new Map([
  [1, ['scope', () => SCOPE]],
  [2, ['spans', () => SPAN, 'many']],
  [3, ['schemaUrl', 'text']],
]);
const RESOURCE_SPANS: Fields = new Map([
  [1, ['resource', () => RESOURCE]],
  [2, ['scopeSpans', () => SCOPE_SPANS, 'many']],
  [3, ['schemaUrl', 'text']],
]);
const REQUEST: Fields = new Map([[1, ['resourceSpans', () => RESOURCE_SPANS, 'many']]]);

const MAX_DEPTH = 64; // of lists in lists; deeper ones are built to exhaust the stack

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * An `ExportTraceServiceRequest` as JSON. Throws a `RangeError` or `TypeError` for bytes that are none, a `Problem` of 413 as
 * soon as there are more than `maxFields`.
 */
export function readTracesProtobuf(bytes: Uint8Array, maxFields: number): Record<string, unknown> {
  let fields = 0;
  return readMessage(bytes, REQUEST, 0, () => {
    fields += 1;
    if (fields > maxFields) throw tooMuch(`${maxFields} fields`);
  });
}

function readMessage(bytes: Uint8Array, fields: Fields, depth: number, count: () => void): Record<string, unknown> {
  if (depth > MAX_DEPTH) throw new RangeError(`the message is nested deeper than ${MAX_DEPTH}`);
  const message: Record<string, unknown> = {};
  const reader = new Reader(bytes);
  while (!reader.isAtEnd) {
    const { number, wire } = reader.tag();
    count();
    const field = fields.get(number);
    if (!field) {
      reader.skip(wire);
      continue;
    }
    const [name, content, many] = field;
    const value =
      typeof content === 'string'
        ? reader.scalar(content, wire)
        : readMessage(reader.bytes(wire), content(), depth + 1, count);
    const list = message[name];
    if (!many) message[name] = value;
    else if (Array.isArray(list)) list.push(value);
    else message[name] = [value];
  }
  return message;
}

/** Reads one message's bytes from front to back. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  tag(): { number: number; wire: number } {
    const tag = Number(this.#varint());
    return { number: Math.floor(tag / 8), wire: tag % 8 };
  }

  scalar(content: Scalar, wire: number): unknown {
    switch (content) {
      case 'text':
        return decoder.decode(this.bytes(wire));
      case 'hex':
        return [...this.bytes(wire)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      case 'base64':
        return btoa(Array.from(this.bytes(wire), (byte) => String.fromCharCode(byte)).join(''));
      case 'int64':
        return String(BigInt.asIntN(64, this.#varintOf(wire)));
      case 'uint32':
        return Number(BigInt.asUintN(32, this.#varintOf(wire)));
      case 'boolean':
        return this.#varintOf(wire) !== 0n;
      case 'fixed64':
        return String(this.#view.getBigUint64(this.#fixed(wire, 1, 8), true));
      case 'fixed32':
        return this.#view.getUint32(this.#fixed(wire, 5, 4), true);
      case 'double': {
        const value = this.#view.getFloat64(this.#fixed(wire, 1, 8), true);
        return Number.isFinite(value) ? value : String(value); // as the JSON mapping of protobuf has it
      }
    }
  }

  bytes(wire: number): Uint8Array {
    if (wire !== 2) throw new TypeError(`a field has wire type ${wire} in place of 2`);
    const length = Number(this.#varint());
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  skip(wire: number): void {
    if (wire === 0) this.#varint();
    else if (wire === 1) this.#advance(8);
    else if (wire === 2) this.bytes(wire);
    else if (wire === 5) this.#advance(4);
    else throw new TypeError(`a field has the unknown wire type ${wire}`);
  }

  #varintOf(wire: number): bigint {
    if (wire !== 0) throw new TypeError(`a field has wire type ${wire} in place of 0`);
    return this.#varint();
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#advance(1)] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new RangeError('a number is longer than ten bytes');
  }

  #fixed(wire: number, expected: number, length: number): number {
    if (wire !== expected) throw new TypeError(`a field has wire type ${wire} in place of ${expected}`);
    return this.#advance(length);
  }

  /** Where the next `length` bytes begin. */
  #advance(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw new RangeError('the message is cut off');
    this.#at = start + length;
    return start;
  }
}

import { isObject } from '../json';

/** What an export request holds of a span. */
export interface SentSpan {
  traceId: string;
  spanId: string;
  /** Empty for a root. */
  parentSpanId: string;
  name: string;
  startTimeUnixNano: bigint;
}

/** The spans in a body of OTLP/HTTP. Throws for a body that is none. */
export async function readRequest(
  bytes: Uint8Array<ArrayBuffer>,
  headers: { contentType: string; contentEncoding: string },
): Promise<SentSpan[]> {
  const plain = headers.contentEncoding === 'gzip' ? await gunzip(bytes) : bytes;
  if (headers.contentType === 'application/json') return readJson(new TextDecoder().decode(plain));
  if (headers.contentType === 'application/x-protobuf') return readProtobuf(plain);
  throw new Error(`a body of type ${headers.contentType} is no OTLP`);
}

async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function readJson(text: string): SentSpan[] {
  const listOf = (value: unknown, key: string): unknown[] => {
    const list = isObject(value) ? value[key] : undefined;
    if (!Array.isArray(list)) throw new Error(`a body without ${key}`);
    return list;
  };
  const spans = listOf(JSON.parse(text), 'resourceSpans')
    .flatMap((resource) => listOf(resource, 'scopeSpans'))
    .flatMap((scope) => listOf(scope, 'spans'));
  return spans.map((span) => {
    if (!isObject(span) || typeof span.spanId !== 'string') throw new Error('a span without spanId');
    const { traceId, parentSpanId = '', name, startTimeUnixNano } = span;
    return {
      traceId: String(traceId),
      spanId: span.spanId,
      parentSpanId: String(parentSpanId),
      name: String(name),
      startTimeUnixNano: BigInt(String(startTimeUnixNano)),
    };
  });
}

// Numbers of the fields in ExportTraceServiceRequest and in what it is made of.
const RESOURCE_SPANS = 1;
const SCOPE_SPANS = 2;
const SPANS = 2;
const TRACE_ID = 1;
const SPAN_ID = 2;
const PARENT_SPAN_ID = 4;
const NAME = 5;
const START_TIME = 7;

function readProtobuf(bytes: Uint8Array): SentSpan[] {
  const spans = [...fields(bytes, RESOURCE_SPANS)]
    .flatMap((resource) => [...fields(resource, SCOPE_SPANS)])
    .flatMap((scope) => [...fields(scope, SPANS)]);
  return spans.map((span) => {
    const first = (field: number): Uint8Array => fields(span, field).next().value ?? new Uint8Array();
    return {
      traceId: hex(first(TRACE_ID)),
      spanId: hex(first(SPAN_ID)),
      parentSpanId: hex(first(PARENT_SPAN_ID)),
      name: new TextDecoder().decode(first(NAME)),
      startTimeUnixNano: BigInt(`0x0${hex(first(START_TIME).toReversed())}`), // the least byte comes first
    };
  });
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Contents of every field of that number that holds bytes or eight of them. */
function* fields(message: Uint8Array, wanted: number): Generator<Uint8Array, undefined> {
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; at < message.length; shift += 7) {
      const byte = message[at] ?? 0;
      at += 1;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new Error('a body that is cut off');
  };
  while (at < message.length) {
    const tag = number();
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    if (type === 0) number();
    else if (type === 5) at += 4;
    else if (type === 1 || type === 2) {
      const length = type === 1 ? 8 : number();
      const end = length + at;
      if (field === wanted) yield message.subarray(at, end);
      at = end;
    } else throw new Error(`a field of unknown wire type ${type}`);
  }
}

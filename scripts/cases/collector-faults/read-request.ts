import { isObject } from '../json';

/** What an export request holds of a span. */
export interface SentSpan {
  spanId: string;
  name: string;
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
    return { spanId: span.spanId, name: String(span.name) };
  });
}

// Numbers of the fields in ExportTraceServiceRequest and in what it is made of.
const RESOURCE_SPANS = 1;
const SCOPE_SPANS = 2;
const SPANS = 2;
const SPAN_ID = 2;
const NAME = 5;

function readProtobuf(bytes: Uint8Array): SentSpan[] {
  const spans = [...fields(bytes, RESOURCE_SPANS)]
    .flatMap((resource) => [...fields(resource, SCOPE_SPANS)])
    .flatMap((scope) => [...fields(scope, SPANS)]);
  return spans.map((span) => {
    const [id = new Uint8Array()] = fields(span, SPAN_ID);
    const [name] = fields(span, NAME);
    return {
      spanId: [...id].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
      name: new TextDecoder().decode(name),
    };
  });
}

/** Contents of every field of that number that holds bytes. */
function* fields(message: Uint8Array, wanted: number): Generator<Uint8Array> {
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
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 2) {
      const end = number() + at;
      if (field === wanted) yield message.subarray(at, end);
      at = end;
    } else throw new Error(`a field of unknown wire type ${type}`);
  }
}

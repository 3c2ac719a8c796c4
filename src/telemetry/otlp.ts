import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { isRecord } from '../web/record';

export type OtlpFormat = 'protobuf' | 'json';

/** One encoding of OTLP/HTTP. Bodies are export requests, complete ones. */
export interface OtlpEncoding {
  /** Exactly what Phoenix takes: it refuses parameters such as a charset. */
  contentType: string;
  /** Throws where a value cannot be encoded. */
  encode(spans: readonly ReadableSpan[]): Uint8Array<ArrayBuffer>;
  /** One body with the spans of all. */
  join(bodies: readonly Uint8Array[]): Uint8Array<ArrayBuffer>;
  /** Bytes that a span and an attribute add beside their own texts, about. */
  overhead: { span: number; attribute: number };
}

/** What a collector that took a request says of spans that it left out. */
export interface PartialSuccess {
  rejectedSpans: number;
  message: string;
}

const JSON_HEAD = '{"resourceSpans":[';
const JSON_TAIL = ']}';

const encodings: Readonly<Record<OtlpFormat, OtlpEncoding>> = {
  protobuf: {
    contentType: 'application/x-protobuf',
    encode: (spans) => ownBytes(ProtobufTraceSerializer.serializeRequest([...spans])),
    join: concatenate, // messages one after the other are one message with the repeated fields of all
    overhead: { span: 120, attribute: 12 },
  },
  json: {
    contentType: 'application/json',
    encode: (spans) => ownBytes(JsonTraceSerializer.serializeRequest([...spans])),
    join: joinJson,
    overhead: { span: 420, attribute: 45 },
  },
};

export function otlpEncoding(format: OtlpFormat): OtlpEncoding {
  return encodings[format];
}

/**
 * What the body of a 2xx response says, read by its own content type: collectors exist that answer JSON to protobuf. A body
 * that cannot be read says nothing.
 */
export function readPartialSuccess(body: Uint8Array, contentType: string): PartialSuccess {
  const nothing = { rejectedSpans: 0, message: '' };
  if (body.length === 0) return nothing;
  try {
    const response: unknown = /json/i.test(contentType)
      ? JSON.parse(new TextDecoder().decode(body))
      : /protobuf/i.test(contentType)
        ? ProtobufTraceSerializer.deserializeResponse(body)
        : undefined;
    const partial = isRecord(response) ? response.partialSuccess : undefined;
    if (!isRecord(partial)) return nothing;
    const rejected = Number(partial.rejectedSpans ?? 0);
    return {
      rejectedSpans: Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0,
      message: typeof partial.errorMessage === 'string' ? partial.errorMessage : '',
    };
  } catch {
    return nothing; // such as an HTML page: with a 2xx the spans are taken all the same
  }
}

function joinJson(bodies: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const decoder = new TextDecoder();
  const inner = bodies.map((body) => decoder.decode(body).slice(JSON_HEAD.length, -JSON_TAIL.length));
  return new TextEncoder().encode(JSON_HEAD + inner.filter((text) => text !== '').join(',') + JSON_TAIL);
}

function concatenate(bodies: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(bodies.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const body of bodies) {
    joined.set(body, at);
    at += body.length;
  }
  return joined;
}

/** The serialisers' bytes, in a buffer of their own: the type of a request body wants that, and they promise less. */
function ownBytes(bytes: Uint8Array | undefined): Uint8Array<ArrayBuffer> {
  if (!bytes) throw new Error('the serialiser gave no bytes');
  return new Uint8Array(bytes);
}

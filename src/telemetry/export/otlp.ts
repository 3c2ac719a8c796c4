import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

export type OtlpFormat = 'protobuf' | 'json';

/** One encoding of OTLP/HTTP. Bodies are export requests, complete ones. */
export interface OtlpEncoding {
  /** Exactly what Phoenix takes: it refuses parameters such as a charset. */
  contentType: string;
  /** Fetches what `encode` needs for values that JSON lacks; a page that goes before that does without. Absent where nothing is needed. */
  ready?(): Promise<void>;
  /** Throws where a value cannot be encoded. */
  encode(spans: readonly ReadableSpan[]): Uint8Array<ArrayBuffer>;
}

/** Of the bytes that a serialiser gave, in a buffer of their own: the type of a request body wants that. */
function ownBytes(bytes: Uint8Array | undefined): Uint8Array<ArrayBuffer> {
  if (!bytes) throw new Error('the serialiser gave no bytes');
  return new Uint8Array(bytes);
}

export const encodings: Readonly<Record<OtlpFormat, OtlpEncoding>> = {
  protobuf: {
    contentType: 'application/x-protobuf',
    encode: (spans) => ownBytes(ProtobufTraceSerializer.serializeRequest([...spans])),
  },
  json: {
    contentType: 'application/json',
    ready: () => import('./json-body').then(({ jsonBody }) => useJson(jsonBody)),
    encode: (spans) => ownBytes(toJson([...spans])),
  },
};

let toJson = JsonTraceSerializer.serializeRequest;

function useJson(serialize: typeof toJson): void {
  toJson = serialize;
}

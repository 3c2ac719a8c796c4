import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { isRecord } from '../web/record';
import { jsonBody } from './json-body';

export type OtlpFormat = 'protobuf' | 'json';

/** One encoding of OTLP/HTTP. Bodies are export requests, complete ones. */
export interface OtlpEncoding {
  /** Exactly what Phoenix takes: it refuses parameters such as a charset. */
  contentType: string;
  /** Throws where a value cannot be encoded. */
  encode(spans: readonly ReadableSpan[]): Uint8Array<ArrayBuffer>;
}

/** What a collector that took a request says of spans that it left out. */
export interface PartialSuccess {
  rejectedSpans: number;
  message: string;
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
  json: { contentType: 'application/json', encode: (spans) => ownBytes(jsonBody(spans)) },
};

/**
 * What the body of a 2xx response says, read by its own content type: collectors exist that answer JSON to protobuf. A body
 * that cannot be read says nothing, such as an HTML page: with a 2xx the spans are taken all the same.
 */
export function readPartialSuccess(body: Uint8Array, contentType: string): PartialSuccess {
  try {
    const response: unknown = /json/i.test(contentType)
      ? JSON.parse(new TextDecoder().decode(body))
      : /protobuf/i.test(contentType) && ProtobufTraceSerializer.deserializeResponse(body);
    const partial = isRecord(response) && response.partialSuccess;
    if (isRecord(partial)) {
      const { rejectedSpans, errorMessage } = partial;
      const rejected = Number(rejectedSpans ?? 0);
      return { rejectedSpans: rejected > 0 ? Math.trunc(rejected) : 0, message: String(errorMessage ?? '') };
    }
  } catch {
    // as if it said nothing
  }
  return { rejectedSpans: 0, message: '' };
}

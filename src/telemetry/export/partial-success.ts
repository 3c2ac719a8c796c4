import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { isRecord } from '../../web/record';

const OPENING_BRACE = 0x7b; // some proxies give JSON no type, or that of plain text

/** What a collector that took a request says of spans that it left out. */
export interface PartialSuccess {
  rejectedSpans: number;
  message: string;
}

/**
 * What the body of a 2xx response says, read by its own content type: collectors exist that answer JSON to protobuf. A body
 * that cannot be read says nothing: with a 2xx the spans are taken all the same. A web page is worth a word.
 */
export function readPartialSuccess(body: Uint8Array, contentType: string): PartialSuccess {
  try {
    const isJson = /json/i.test(contentType) || (!/protobuf/i.test(contentType) && body[0] === OPENING_BRACE);
    const response: unknown = isJson
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
  const message = /html/i.test(contentType) ? 'it answered with a web page; is it a collector?' : '';
  return { rejectedSpans: 0, message };
}

import { readEvents, type ServerEvent } from '../web/event-stream';
import { isRecord } from '../web/record';
import { RequestFailure } from '../web/request-failure';
import { errorMessage, type RequestLimits, readBytes, readText } from '../web/response';

/**
 * The JSON objects in the body of a 200: one completion, or the chunks of a stream, as the body's type says, whatever
 * was asked for. `onDone` is told of a whole completion, or of the stream's `[DONE]`, behind which nothing is read. Throws a `RequestFailure`:
 * `bad_response` for anything else in the body, an error object or error event among it, and as `readBytes` does.
 */
export async function* readCompletion(
  response: Response,
  limits: RequestLimits,
  onDone: () => void,
): AsyncGenerator<Record<string, unknown>> {
  if (!isEventStream(response)) {
    const completion = wholeCompletion(await readText(response, limits), response);
    onDone(); // it has all there is, also where the server names no finish reason
    yield completion;
    return;
  }
  for await (const event of readEvents(readBytes(response, limits))) {
    if (event.data.trim() === '[DONE]') return onDone();
    const chunk = chunkOf(event);
    if (chunk) yield chunk;
  }
}

export function isEventStream(response: Response): boolean {
  return response.headers.get('content-type')?.toLowerCase().startsWith('text/event-stream') ?? false;
}

function wholeCompletion(text: string, { headers }: Response): Record<string, unknown> {
  const body = parsed(text);
  if (!isRecord(body)) {
    const type = headers.get('content-type') ?? 'without a type';
    throw badResponse(`the reply is no JSON object (${type}, ${text.length} characters)`);
  }
  const choice = Array.isArray(body.choices) ? body.choices[0] : undefined;
  if (isRecord(choice) && isRecord(choice.message)) return body;
  throw badResponse(said(body) || 'the reply holds no message');
}

/** Undefined for an event that says nothing. */
function chunkOf({ type, data, closed }: ServerEvent): Record<string, unknown> | undefined {
  const chunk = parsed(data);
  if (type === 'error') throw badResponse(errorMessage(chunk ?? data) || 'an error event without a message');
  if (isRecord(chunk)) {
    if (!isRecord(chunk.error) && typeof chunk.error !== 'string') return chunk;
    throw badResponse(said(chunk) || 'an error without a message');
  }
  if (!closed || data.trim() === '') return undefined; // what the end of the body cut off is judged by what is missing
  throw badResponse(`an event of the stream is no JSON object (${data.length} characters)`);
}

function said(body: Readonly<Record<string, unknown>>): string {
  const message = errorMessage(body);
  return message && `the reply is an error: ${message}`;
}

/** Undefined for text that is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function badResponse(message: string): RequestFailure {
  return new RequestFailure(message, { kind: 'bad_response', retryable: true });
}

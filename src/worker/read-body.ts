import type * as z from 'zod';
import { readBytes } from '../web/body';
import { Problem, tooMuch } from './problem';

const SLACK_CHARACTERS = 64 * 1024; // of a body beyond the longest task
const ESCAPE = /\\u[0-9a-f]{4}/gi; // one character, as some programs write all that is not ASCII
const ESCAPE_BYTES = 6;

/**
 * The body as the schema gives it. Throws a `Problem`: 415, 400, and 413 for one that is more than 64 KiB longer than the longest
 * task in characters; where each of a task may be written as an escape, it is unread.
 */
export async function readJsonBody<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  maxTaskCharacters: number,
): Promise<z.infer<Schema>> {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json')
    throw new Problem(`The body is ${type === '' ? 'of no type' : type.slice(0, 100)}, must be application/json.`, {
      status: 415,
      code: 'unsupported_type',
    });
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity')
    throw new Problem(`The content encoding is ${encoding.slice(0, 100)}, must be none.`, {
      status: 415,
      code: 'unsupported_type',
    });
  const text = await bodyText(request, maxTaskCharacters);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw noJson(cause);
  }
  const read = parsed(schema, json);
  if (read.success) return read.data;
  throw new Problem(problemsOf(read.error), { status: 400, code: 'bad_request' });
}

async function bodyText(request: Request, maxTaskCharacters: number): Promise<string> {
  const bytes = await readLimitedBody(request, maxTaskCharacters * ESCAPE_BYTES + SLACK_CHARACTERS);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw noJson(cause);
  }
  const maxCharacters = maxTaskCharacters + SLACK_CHARACTERS;
  if (text.replace(ESCAPE, ' ').length > maxCharacters) throw tooMuch(`${maxCharacters} characters`);
  return text;
}

function noJson(cause: unknown): Problem {
  return new Problem('The body is no JSON in UTF-8.', { status: 400, code: 'bad_json', cause });
}

function parsed<Schema extends z.ZodType>(schema: Schema, json: unknown): z.ZodSafeParseResult<z.infer<Schema>> {
  try {
    return schema.safeParse(json);
  } catch (cause) {
    throw new Problem('The body is nested too deep.', { status: 400, code: 'bad_request', cause }); // for the stack
  }
}

/** The body's bytes. Throws a `Problem` of 413, for one that says its length before anything is read of it. */
export async function readLimitedBody(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () => tooMuch(`${maxBytes} bytes`);
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge();
  const { bytes, truncated } = await readBytes(request.body, maxBytes, request.signal);
  if (truncated) throw tooLarge();
  return bytes;
}

function problemsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`).slice(0, 300))
    .join('; ');
}

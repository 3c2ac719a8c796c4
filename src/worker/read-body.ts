import type * as z from 'zod';
import { readBytes } from '../web/body';
import { Problem, tooMuch } from './problem';

/** The body as the schema gives it. Throws a `Problem`: 415, 413 before more than `maxBytes` are read, 400. */
export async function readJsonBody<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  maxBytes: number,
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
  const bytes = await readLimitedBody(request, maxBytes);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new Problem('The body is no JSON in UTF-8.', { status: 400, code: 'bad_json', cause });
  }
  const read = parsed(schema, json);
  if (read.success) return read.data;
  throw new Problem(problemsOf(read.error), { status: 400, code: 'bad_request' });
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

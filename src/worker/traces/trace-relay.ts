import { readBytes } from '../../web/body';
import { systemClock } from '../../web/clock';
import { within } from '../../web/deadline';
import { redirectOf } from '../../web/redirect-of';
import type { Objects } from '../objects';
import { Problem, tooMuch } from '../problem';
import { readLimitedBody } from '../read-body';
import type { WorkerSettings } from '../settings';
import type { TracesOptions } from '../worker-options';
import type { AskedKeeping, TraceParts } from './kept-trace';

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
const MAX_BODY_BYTES = 8 * 1024 * 1024; // unpacked as well; twice what our own processor puts into one
const COLLECTOR_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** Statuses after which OTLP says to send again. */
const RETRIED = [429, 502, 503, 504];
const RETRY_SOON = { 'retry-after': '5' };

/** Where traces go and for whom they are kept. */
export interface Relay<Env> {
  env: Env;
  objects: Objects;
  owner: string;
  settings: WorkerSettings<Env>;
  traces: TracesOptions<Env>;
}

/**
 * Takes an OTLP export request, protobuf or JSON, plain or gzipped: keeps its spans by trace, then sends it on as it came.
 * The answer is the collector's, where there is one; a failure to be retried stays one. Throws a `Problem`.
 */
export async function relayTraces<Env>(request: Request, relay: Relay<Env>): Promise<Response> {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type !== PROTOBUF && type !== JSON_TYPE)
    throw new Problem(`The body must be ${PROTOBUF} or ${JSON_TYPE}.`, { status: 415, code: 'unsupported_type' });
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'gzip' && encoding !== 'identity')
    throw new Problem('The content encoding must be gzip or none.', { status: 415, code: 'unsupported_type' });
  const body = await readLimitedBody(request, MAX_BODY_BYTES);
  const plain = encoding === 'gzip' ? await gunzip(body) : body;
  const { readOtlp } = await import('./read-otlp'); // most workers' visitors send no traces
  await keep(await readOtlp(plain, { isProtobuf: type === PROTOBUF }), relay);
  const { url } = relay.traces;
  const address = typeof url === 'function' ? url(relay.env) : url;
  if (address === undefined) return accepted(type);
  return sendOn(address, { body, type, encoding }, relay);
}

async function gunzip(body: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  try {
    const stream = new Blob([body]).stream().pipeThrough(new DecompressionStream('gzip'));
    const { bytes, truncated } = await readBytes(stream, MAX_BODY_BYTES, new AbortController().signal);
    if (!truncated) return bytes;
  } catch (cause) {
    throw new Problem('The body is no gzip.', { status: 400, code: 'bad_request', cause });
  }
  throw tooMuch(`${MAX_BODY_BYTES} bytes`);
}

/** Spans of another owner's trace are not kept; for any other reason the sender hears of it, and sends them again. */
async function keep<Env>(traces: Map<string, TraceParts>, { objects, owner, settings }: Relay<Env>): Promise<void> {
  const untilMs = settings.clock.now() + settings.keepMs;
  await Promise.all(
    [...traces].map(async ([traceId, parts]) => {
      const asked: AskedKeeping = { owner, parts, untilMs };
      const { ok, status } = await askTrace(objects, traceId, '/trace/keep', asked);
      if (!ok && status !== 404)
        throw new Problem('The spans could not be kept.', { status: 503, code: 'internal', headers: RETRY_SOON });
    }),
  );
}

/** The kept spans as OTLP JSON. Throws a `Problem` of 404. */
export async function readTrace(objects: Objects, traceId: string, owner: string): Promise<Response> {
  const unknown = () => new Problem('There is no such trace.', { status: 404, code: 'not_found' });
  if (!/^[0-9a-f]{32}$/i.test(traceId)) throw unknown();
  const reply = await askTrace(objects, traceId.toLowerCase(), '/trace/read', { owner });
  if (!reply.ok) throw unknown();
  return Response.json(await reply.json());
}

function askTrace(objects: Objects, traceId: string, path: string, body: unknown): Promise<Response> {
  const request = new Request(`https://object${path}`, { method: 'POST', body: JSON.stringify(body) });
  return objects(`trace ${traceId}`).fetch(request);
}

async function sendOn<Env>(
  address: string,
  { body, type, encoding }: { body: Uint8Array<ArrayBuffer>; type: string; encoding: string },
  { env, settings, traces }: Relay<Env>,
): Promise<Response> {
  const given = typeof traces.headers === 'function' ? traces.headers(env) : traces.headers;
  const headers = { ...given, 'content-type': type, ...(encoding === 'gzip' && { 'content-encoding': encoding }) };
  const stop = new AbortController();
  const send = async () => {
    const init: RequestInit = { method: 'POST', headers, body, signal: stop.signal, redirect: 'manual' };
    const reply = await settings.fetch(address, init); // a redirect followed makes a GET of it, and takes keys along
    return { reply, ...(await readBytes(reply.body, MAX_ANSWER_BYTES, stop.signal)) };
  };
  const away = (cause?: unknown) =>
    new Problem('The collector of traces cannot be reached.', { status: 503, code: 'collector', cause });
  try {
    const { reply, bytes } = await within(send, {
      clock: systemClock, // a real collector on a real wire
      timeoutMs: COLLECTOR_TIMEOUT_MS,
      signal: stop.signal,
      late: away,
    });
    if (!reply.ok) throw refused(reply, address);
    const answered = reply.headers.get('content-type') ?? '';
    const isOtlp = [PROTOBUF, JSON_TYPE].includes(answered.split(';', 1)[0]?.trim() ?? '');
    return isOtlp ? new Response(bytes, { headers: { 'content-type': answered } }) : accepted(type);
  } catch (error) {
    throw error instanceof Problem ? error : away(error);
  } finally {
    stop.abort();
  }
}

function refused(reply: Response, address: string): Problem {
  const { status, headers } = reply;
  const target = redirectTarget(reply, address);
  if (target !== undefined)
    return new Problem(
      `The collector of traces redirects to ${target}, which is not followed: \`traces.url\` must name it.`,
      {
        status: 500,
        code: 'collector',
      },
    );
  const retryAfter = headers.get('retry-after');
  return new Problem(`The collector of traces answered ${status}.`, {
    status: RETRIED.includes(status) ? status : 500, // else whoever sent it would send it again
    code: 'collector',
    ...(retryAfter !== null && { headers: { 'retry-after': retryAfter } }),
  });
}

/** Where to, as visitors may be told: a path may hold a key. */
function redirectTarget(reply: Response, address: string): string | undefined {
  try {
    return redirectOf(reply, address)?.origin;
  } catch {
    return 'something that is no address';
  }
}

/** An export response that says nothing was left out. */
function accepted(type: string): Response {
  return new Response(type === PROTOBUF ? new Uint8Array(0) : '{}', { headers: { 'content-type': type } });
}

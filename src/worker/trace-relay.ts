import * as z from 'zod';
import { readBytes } from '../web/body';
import { systemClock } from '../web/clock';
import { within } from '../web/deadline';
import type { AskedKeeping, PlacedSpan, WrittenSpan } from './kept-trace';
import type { Objects } from './objects';
import { readTracesProtobuf } from './otlp-protobuf';
import { Problem } from './problem';
import { readLimitedBody } from './read-body';
import type { WorkerSettings } from './settings';
import type { TracesOptions } from './worker-options';

const MAX_BODY_BYTES = 8 * 1024 * 1024; // twice what our own processor puts into one
const MAX_DECODED_BYTES = 32 * 1024 * 1024;
const MAX_TRACES = 40; // of one body: each is kept by an object of its own, and a request may ask 50
const COLLECTOR_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** Statuses after which OTLP says to send again. */
const RETRIED = [429, 502, 503, 504];

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

const otlp = z.object({
  resourceSpans: z
    .array(
      z.object({
        resource: z.unknown().optional(),
        scopeSpans: z
          .array(
            z.object({
              scope: z.unknown().optional(),
              spans: z
                .array(
                  z.looseObject({
                    traceId: z.string().regex(/^[0-9a-f]{32}$/i),
                    spanId: z.string().regex(/^[0-9a-f]{16}$/i),
                  }),
                )
                .default([]),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});

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
  await keep(readSpans(plain, type), relay);
  const { url } = relay.traces;
  const address = typeof url === 'function' ? url(relay.env) : url;
  if (address === undefined) return accepted(type);
  return sendOn(address, { body, type, encoding }, relay);
}

async function gunzip(body: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  try {
    const stream = new Blob([body]).stream().pipeThrough(new DecompressionStream('gzip'));
    const { bytes, truncated } = await readBytes(stream, MAX_DECODED_BYTES, new AbortController().signal);
    if (!truncated) return bytes;
  } catch (cause) {
    throw new Problem('The body is no gzip.', { status: 400, code: 'bad_request', cause });
  }
  throw new Problem(`The body is longer than ${MAX_DECODED_BYTES} bytes.`, { status: 413, code: 'too_large' });
}

/** The spans by trace id, written as they are kept. Throws a `Problem` for what is none, or nested too deep to be written. */
function readSpans(bytes: Uint8Array, type: string): Map<string, WrittenSpan[]> {
  const traces = new Map<string, WrittenSpan[]>();
  try {
    const json: unknown =
      type === PROTOBUF
        ? readTracesProtobuf(bytes)
        : JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    for (const { resource, scopeSpans } of otlp.parse(json).resourceSpans)
      for (const { scope, spans } of scopeSpans)
        for (const span of spans) {
          const traceId = span.traceId.toLowerCase();
          const known = traces.get(traceId) ?? [];
          const placed: PlacedSpan = { resource, scope, span };
          known.push({ spanId: span.spanId.toLowerCase(), json: JSON.stringify(placed) });
          traces.set(traceId, known);
        }
  } catch (cause) {
    throw new Problem('The body is no export request of OTLP traces.', { status: 400, code: 'bad_request', cause });
  }
  if (traces.size > MAX_TRACES)
    throw new Problem(`The body holds ${traces.size} traces, at most ${MAX_TRACES} are taken at once.`, {
      status: 413,
      code: 'too_large',
    });
  return traces;
}

async function keep<Env>(traces: Map<string, WrittenSpan[]>, { objects, owner, settings }: Relay<Env>): Promise<void> {
  const untilMs = settings.clock.now() + settings.keepMs;
  await Promise.all(
    [...traces].map(async ([traceId, spans]) => {
      const asked: AskedKeeping = { owner, spans, untilMs };
      await askTrace(objects, traceId, '/trace/keep', asked);
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
    const reply = await settings.fetch(address, { method: 'POST', headers, body, signal: stop.signal });
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
    if (!reply.ok) throw refused(reply);
    const answered = reply.headers.get('content-type') ?? '';
    const isOtlp = [PROTOBUF, JSON_TYPE].includes(answered.split(';', 1)[0]?.trim() ?? '');
    return isOtlp ? new Response(bytes, { headers: { 'content-type': answered } }) : accepted(type);
  } catch (error) {
    throw error instanceof Problem ? error : away(error);
  } finally {
    stop.abort();
  }
}

function refused({ status, headers }: Response): Problem {
  const retryAfter = headers.get('retry-after');
  return new Problem(`The collector of traces answered ${status}.`, {
    status: RETRIED.includes(status) ? status : 500, // else whoever sent it would send it again
    code: 'collector',
    ...(retryAfter !== null && { headers: { 'retry-after': retryAfter } }),
  });
}

/** An export response that says nothing was left out. */
function accepted(type: string): Response {
  return new Response(type === PROTOBUF ? new Uint8Array(0) : '{}', { headers: { 'content-type': type } });
}

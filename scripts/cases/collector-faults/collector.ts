import type { Clock, Fetch } from 'smolagents-web';
import { isObject } from '../json';
import { scriptedResponse } from '../scripted-response';
import type { ScriptEntry } from './case';
import { readRequest } from './read-request';
import { scriptReader } from './script';

/** One request that came; times are virtual milliseconds from the start. */
export interface SeenRequest {
  atMs: number;
  /** When it was answered, or broke off; absent while it is under way. */
  answeredAtMs?: number;
  /** Whether no 2xx was given: what a client may try again. */
  failed: boolean;
  ids: readonly string[];
  bytes: number;
  keepalive: boolean;
}

export interface ScriptedCollector {
  fetch: Fetch;
  requests: SeenRequest[];
  /** How often each span was stored, by id. */
  stored: Map<string, number>;
  /** Requests in flight at once, and bytes of those with keepalive, at most. */
  most: { concurrent: number; keepaliveBytes: number };
  /** Requests after the end of the script, and bodies that are no OTLP. */
  problems: string[];
}

const ENDLESS_CHUNK = new Uint8Array(64 * 1024);

/** A collector that does what a script says, on the clock of the case. */
export function scriptedCollector(script: readonly ScriptEntry[], clock: Clock): ScriptedCollector {
  const startMs = clock.now();
  const read = scriptReader(script);
  const seen: ScriptedCollector = {
    fetch: (_input, init = {}) => answer(init),
    requests: [],
    stored: new Map(),
    most: { concurrent: 0, keepaliveBytes: 0 },
    problems: [],
  };
  const inFlight = new Set<SeenRequest>();

  const answer = async (init: RequestInit): Promise<Response> => {
    const atMs = clock.now() - startMs;
    const entry = read(atMs);
    if (!entry) seen.problems.push(`request ${seen.requests.length + 1} came after the end of the script`);
    const bytes = init.body instanceof Uint8Array ? new Uint8Array(init.body) : new Uint8Array();
    const request: SeenRequest = {
      ...{ atMs, failed: true, ids: [], bytes: bytes.length },
      keepalive: init.keepalive === true,
    };
    seen.requests.push(request);
    inFlight.add(request);
    measure();
    const release = clock.hold?.(); // a compressed body is read in real time
    try {
      request.ids = await spanIds(init, bytes, seen.problems);
      release?.();
      return await respond(entry ?? { network: 'refused' }, request, seen.stored, init.signal ?? undefined);
    } finally {
      release?.();
      request.answeredAtMs = clock.now() - startMs;
      inFlight.delete(request);
    }
  };
  const measure = (): void => {
    const keepalive = [...inFlight].filter((request) => request.keepalive).reduce((sum, { bytes }) => sum + bytes, 0);
    seen.most.concurrent = Math.max(seen.most.concurrent, inFlight.size);
    seen.most.keepaliveBytes = Math.max(seen.most.keepaliveBytes, keepalive);
  };
  return seen;
}

/** Does with a request what an entry says, to the connection as well. */
async function respond(
  { status = 200, headers = {}, body = '', bodyEndless, network, acceptThenReset }: ScriptEntry,
  request: SeenRequest,
  stored: Map<string, number>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const store = (ids: readonly string[]): void => {
    for (const id of ids) stored.set(id, (stored.get(id) ?? 0) + 1);
  };
  if (acceptThenReset) store(request.ids);
  if (network === 'hang') await aborted(signal);
  if (network || acceptThenReset) throw new TypeError(`fetch failed: ${network ?? 'reset'}`);
  if (status >= 200 && status < 300) {
    request.failed = false;
    store(request.ids.slice(0, Math.max(0, request.ids.length - rejectedIn(body))));
  }
  return scriptedResponse(bodyEndless ? endless() : body, { status, headers: { ...headers } });
}

async function spanIds(init: RequestInit, bytes: Uint8Array<ArrayBuffer>, problems: string[]): Promise<string[]> {
  const headers = new Headers(init.headers);
  try {
    const spans = await readRequest(bytes, {
      contentType: headers.get('content-type') ?? '',
      contentEncoding: headers.get('content-encoding') ?? '',
    });
    return spans.map(({ spanId }) => spanId);
  } catch (error) {
    problems.push(`a request cannot be read: ${String(error)}`);
    return [];
  }
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(ENDLESS_CHUNK) });
}

/** The last spans of a request are the ones that a partial success leaves out. */
function rejectedIn(body: string): number {
  try {
    const response: unknown = JSON.parse(body);
    const partial = isObject(response) ? response.partialSuccess : undefined;
    return isObject(partial) ? Number(partial.rejectedSpans ?? 0) || 0 : 0;
  } catch {
    return 0;
  }
}

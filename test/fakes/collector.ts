import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readRequest, type SentSpan } from '../../scripts/cases/collector-faults/read-request';

/** What a collector does with one request. */
export interface CollectorAnswer {
  /** Default 200; spans of a 2xx are stored. */
  status?: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Stores nothing and never answers, or breaks the connection; after `stored` it has stored the spans before that. */
  instead?: 'hang' | 'reset' | 'reset after stored';
  /** Answers when this is over, and stores the spans then. */
  after?: Promise<unknown>;
}

/** One request, as it came. */
export interface CollectorRequest {
  headers: IncomingMessage['headers'];
  body: Uint8Array<ArrayBuffer>;
  spans: readonly SentSpan[];
  /** Milliseconds since the epoch. */
  atMs: number;
}

export interface Collector extends AsyncDisposable {
  readonly origin: string;
  /** `http://127.0.0.1:PORT/v1/traces` */
  readonly url: string;
  readonly requests: CollectorRequest[];
  /** How often each span was stored, by id. */
  readonly stored: Map<string, number>;
  /** Whether a request is being read. */
  readonly isBusy: boolean;
  /** Says what to do with the next requests, given their number from 0; default 200 to all. */
  answer(with_: (index: number) => CollectorAnswer): void;
  /** Resolves when that many spans are stored; rejects after `timeoutMs`. */
  received(spans: number, timeoutMs?: number): Promise<void>;
  /** Stops listening, so that connections are refused; `open` listens at the same port again. */
  close(): Promise<void>;
  open(): Promise<void>;
}

/** A real OTLP/HTTP collector on loopback, for both formats, that fails on command. Pages of any origin may send to it. */
export async function startCollector(): Promise<Collector> {
  const requests: CollectorRequest[] = [];
  const stored = new Map<string, number>();
  const watchers = new Set<() => void>();
  let decide: (index: number) => CollectorAnswer = () => ({});
  let port = 0;
  let reading = 0;

  const store = (spans: readonly SentSpan[]): void => {
    for (const { spanId } of spans) stored.set(spanId, (stored.get(spanId) ?? 0) + 1);
    for (const tell of watchers) tell();
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', 'retry-after');
    if (request.method === 'OPTIONS') {
      response.setHeader('access-control-allow-headers', '*');
      response.writeHead(204).end();
      return;
    }
    reading += 1;
    const { body, spans } = await readWhole(request).finally(() => {
      reading -= 1;
    });
    const answer = decide(requests.length);
    requests.push({ headers: request.headers, body, spans, atMs: Date.now() });
    await answer.after;
    reply(response, answer, () => store(spans));
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy()); // a page that went in the middle of its body
  });
  const open = () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await open();
  port = (server.address() as AddressInfo).port;

  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    origin: `http://127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}/v1/traces`,
    requests,
    stored,
    get isBusy() {
      return reading > 0;
    },
    answer: (with_) => {
      const before = requests.length;
      decide = (index) => with_(index - before);
    },
    received: (spans, timeoutMs = 60_000) => waitFor(() => stored.size >= spans, watchers, timeoutMs, stored),
    close,
    open,
    [Symbol.asyncDispose]: close,
  };
}

async function readWhole(request: IncomingMessage) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = new Uint8Array(Buffer.concat(chunks));
  const spans = await readRequest(body, {
    contentType: request.headers['content-type'] ?? '',
    contentEncoding: request.headers['content-encoding'] ?? '',
  }).catch(() => []);
  return { body, spans };
}

function reply(response: ServerResponse, answer: CollectorAnswer, store: () => void): void {
  const { status = 200, headers = {}, body = '', instead } = answer;
  if (instead === 'hang') return;
  const isStored = instead === 'reset after stored' || (!instead && status >= 200 && status < 300);
  if (isStored) store();
  if (instead) response.destroy();
  else response.writeHead(status, headers).end(body);
}

function waitFor(
  isTrue: () => boolean,
  watchers: Set<() => void>,
  timeoutMs: number,
  stored: ReadonlyMap<string, number>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const tell = () => {
      if (!isTrue()) return;
      clearTimeout(timer);
      watchers.delete(tell);
      resolve();
    };
    const timer = setTimeout(() => {
      watchers.delete(tell);
      reject(new Error(`only ${stored.size} spans were stored within ${timeoutMs} ms`));
    }, timeoutMs);
    watchers.add(tell);
    tell();
  });
}

import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { virtualClock } from '../../src/testing';
import { VisitWebpageTool } from '../../src/tools/visit-webpage';
import type { Clock } from '../../src/web/clock';
import { casesOf } from '../fakes/case-files';
import { toolHandle } from '../fakes/tool-handle';

interface BodyGenerator {
  prefix?: string;
  repeat: string;
  times?: number;
  suffix?: string;
  gzip?: boolean;
  endless?: boolean;
  delayMsPerChunk?: number;
}

interface Case {
  id: string;
  what: string;
  url: string;
  status: number;
  headers: Record<string, string>;
  body?: string;
  bodyBase64?: string;
  bodyGen?: BodyGenerator;
  expect: {
    outcome: 'text' | 'error';
    mustContain?: string[];
    mustNotContain?: string[];
    inOrder?: string[];
    links?: [string, string][];
    maxChars?: number;
    truncated?: boolean;
    errorIncludes?: string;
    maxReadBytes?: number;
    maxMs?: number;
    maxVirtualMs?: number;
    requests?: number;
  };
}

const CHUNK_BYTES = 16 * 1024;
const SLOW_MACHINE = 3; // other work shares the cores

/** The pieces of a generated body; with a delay one repetition each, else several together. */
function* pieces({
  prefix = '',
  repeat,
  times = 0,
  suffix = '',
  endless,
  delayMsPerChunk,
}: BodyGenerator): Generator<string> {
  if (prefix) yield prefix;
  const together = delayMsPerChunk ? 1 : Math.max(1, Math.floor(CHUNK_BYTES / repeat.length));
  for (let done = 0; endless || done < times; done += together)
    yield repeat.repeat(endless ? together : Math.min(together, times - done));
  if (suffix) yield suffix;
}

function* encoded(texts: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const text of texts) yield encoder.encode(text);
}

function bodyOf(
  { body, bodyBase64, bodyGen }: Case,
  clock: Clock,
  onRead: (bytes: number) => void,
): ReadableStream<Uint8Array> {
  const source: Iterator<Uint8Array> = bodyGen
    ? encoded(pieces(bodyGen))
    : [Buffer.from(bodyBase64 ?? body ?? '', bodyBase64 === undefined ? 'utf8' : 'base64')].values();
  const pause = bodyGen?.delayMsPerChunk ?? 0;
  return new ReadableStream(
    {
      async pull(controller) {
        if (pause) await clock.sleep(pause);
        const { done, value } = source.next();
        if (done) return controller.close();
        onRead(value.length);
        controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
}

async function play(played: Case) {
  const clock = virtualClock();
  const started = clock.now();
  let requests = 0;
  let read = 0;
  const fetch = async () => {
    requests++;
    const body = bodyOf(played, clock, (bytes) => {
      read += bytes;
    });
    return new Response(body, { status: played.status, headers: played.headers });
  };
  const before = performance.now();
  const outcome = await new VisitWebpageTool().execute({ url: played.url }, toolHandle({ fetch, clock })).then(
    (text) => ({ kind: 'text', text }),
    (error: Error) => ({ kind: 'error', text: error.message }),
  );
  return { ...outcome, ms: performance.now() - before, virtualMs: clock.now() - started, requests, read };
}

test.each(casesOf<Case>('hazards/webpages.json'))('$id: $what', { timeout: 30_000 }, async (played) => {
  const { expect: wanted } = played;

  const { kind, text, ms, virtualMs, requests, read } = await play(played);

  expect(kind).toBe(wanted.outcome);
  for (const part of wanted.mustContain ?? []) expect(text).toContain(part);
  for (const part of wanted.mustNotContain ?? []) expect(text).not.toContain(part);
  const places = (wanted.inOrder ?? []).map((part) => text.indexOf(part));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((one, other) => one - other));
  for (const [label, address] of wanted.links ?? []) expect(text).toContain(`[${label}](${address})`);
  if (wanted.truncated) expect(text).toContain('truncated');
  if (wanted.errorIncludes) expect(text).toContain(wanted.errorIncludes);
  expect(text.length).toBeLessThanOrEqual(wanted.maxChars ?? 50_000);
  expect(read).toBeLessThanOrEqual(wanted.maxReadBytes ?? Number.POSITIVE_INFINITY);
  expect(ms).toBeLessThanOrEqual((wanted.maxMs ?? 5_000) * SLOW_MACHINE);
  expect(virtualMs).toBeLessThanOrEqual(wanted.maxVirtualMs ?? 0);
  expect(requests).toBe(wanted.requests ?? 1);
});

test('a gzip bomb that the runtime itself unpacks is cut at the limit as well', async () => {
  const packed = gzipSync(Buffer.alloc(60 * 1024 * 1024, 'A'));
  const clock = virtualClock();
  const release = clock.hold(); // unpacking is real work
  const fetch = async () =>
    new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip')), {
      headers: { 'content-type': 'text/html' },
    });

  const text = await new VisitWebpageTool().execute({ url: 'https://pages.example/' }, toolHandle({ fetch, clock }));
  release();

  expect(text.length).toBeLessThan(40_200);
  expect(text).toContain('truncated');
});

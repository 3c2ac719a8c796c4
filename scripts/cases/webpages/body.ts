import type { Clock } from 'smolagents-web';
import { CaseError } from '../player';
import type { BodyGenerator, PageCase } from './case';

const CHUNK_BYTES = 16 * 1024;

/** The response's body, decoded as a runtime's fetch gives it; `onRead` is told of the bytes that a reader takes. */
export function bodyOf(
  { body, bodyBase64, bodyGen }: PageCase,
  clock: Clock,
  onRead: (bytes: number) => void,
): ReadableStream<Uint8Array> {
  if ([body, bodyBase64, bodyGen].filter((one) => one !== undefined).length > 1)
    throw new CaseError('a page has one of body, bodyBase64 and bodyGen');
  if (bodyGen?.delayMsPerChunk && bodyGen.gzip) throw new CaseError('a compressed body comes without delay');
  const whole = bodyBase64 === undefined ? new TextEncoder().encode(body ?? '') : fromBase64(bodyBase64);
  const source = bodyGen ? encoded(piecesOf(bodyGen, clock)) : cut([whole]);
  return counted(bodyGen?.gzip ? cut(unpacked(source)) : source, onRead);
}

async function* piecesOf(
  { prefix, repeat = '', times = 0, suffix, endless, delayMsPerChunk = 0 }: BodyGenerator,
  clock: Clock,
): AsyncGenerator<string> {
  if (prefix) yield prefix;
  if (endless && repeat === '') throw new CaseError('what comes for ever is empty');
  const together = delayMsPerChunk ? 1 : Math.max(1, Math.floor(CHUNK_BYTES / Math.max(1, repeat.length)));
  for (let done = 0; endless || done < times; done += together) {
    if (delayMsPerChunk) await clock.sleep(delayMsPerChunk);
    yield repeat.repeat(endless ? together : Math.min(together, times - done));
  }
  if (suffix) yield suffix;
}

async function* encoded(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}

/** Through gzip and back, as on the wire. */
async function* unpacked(source: AsyncGenerator<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const stream = counted(source, () => {})
    .pipeThrough(new CompressionStream('gzip'))
    .pipeThrough(new DecompressionStream('gzip'));
  const reader = stream.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

/** In pieces of the size that a connection gives. */
async function* cut(
  source: AsyncIterable<Uint8Array<ArrayBuffer>> | Iterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const bytes of source)
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.slice(at, at + CHUNK_BYTES);
}

function counted(
  source: AsyncGenerator<Uint8Array<ArrayBuffer>>,
  onRead: (bytes: number) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await source.next();
        if (done) return controller.close();
        onRead(value.length);
        controller.enqueue(value);
      },
      cancel: () => void source.return(undefined),
    },
    { highWaterMark: 0 },
  );
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

import { joinedBytes } from './joined-bytes';

/**
 * All bytes of the stream; a `RangeError` as soon as there are more than `maxBytes`. Not by a `Response`: the first one in Node
 * loads its fetch, which leaves a symbol of its own on the global object.
 */
export async function readWhole(
  stream: ReadableStream<Uint8Array>,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length > maxBytes) {
      await reader.cancel();
      throw new RangeError(`more than ${maxBytes} bytes`);
    }
    pieces.push(next.value);
  }
  return joinedBytes(pieces);
}

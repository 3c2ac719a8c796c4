import { readWhole } from './read-whole';

/** Whether the bytes begin as those of `gzip` do. */
export function isGzipped(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** What `gzip` was given. Throws for damaged bytes, and a `RangeError` as soon as there are more than `maxBytes`. */
export function gunzip(bytes: Uint8Array<ArrayBuffer>, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  return readWhole(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')), maxBytes);
}

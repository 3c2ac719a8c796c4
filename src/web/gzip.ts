import { readWhole } from './read-whole';

/** The bytes compressed; undefined where the runtime has no `CompressionStream`, or it fails. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await readWhole(new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip')));
  } catch {
    return undefined; // the bytes go as they are
  }
}

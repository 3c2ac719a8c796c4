import { gzip } from '../../web/gzip';
import type { Snapshot } from './log-entry';

/** Compresses what a sandbox gave, in the background. */
export function packed(bytes: Uint8Array): Snapshot {
  const own = new Uint8Array(bytes);
  return gzip(own).then((small) => small ?? own);
}

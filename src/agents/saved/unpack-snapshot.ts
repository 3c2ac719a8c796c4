import { AgentConfigurationError } from '../../errors';
import { thrownWords } from '../../executors/thrown';
import { gunzip, isGzipped } from '../../web/gunzip';
import type { Snapshot } from './log-entry';

/** Longest snapshot that is unpacked, in bytes: a sandbox of the greatest memory, twice, since one in a step holds both. */
const MAX_BYTES = 256 * 1024 * 1024;

/** What `packed` was given. Throws an `AgentConfigurationError` for damaged bytes. */
export async function unpacked(snapshot: Snapshot): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await snapshot;
  if (!bytes) throw new AgentConfigurationError('The snapshot of the sandbox was not kept');
  if (!isGzipped(bytes)) return bytes;
  try {
    return await gunzip(bytes, MAX_BYTES);
  } catch (cause) {
    throw new AgentConfigurationError(
      `The saved run's snapshot of the sandbox is cut or damaged: ${thrownWords(cause).message}`,
    );
  }
}

import { SandboxStartError } from '../../errors';
import { bytesOfBase64 } from '../base64';
import { thrownWords } from '../thrown';
import { isEngine } from './engine-mark';

/**
 * The engine for pages: the file beside this one, or, where a bundler has left that behind, the copy in a script of its own.
 * Throws a `SandboxStartError` that says why neither can be had, and the signal's reason.
 */
export async function engineBytes({ signal }: { signal: AbortSignal }): Promise<ArrayBuffer> {
  const refusals: string[] = [];
  for (const read of [fetched, inlined]) {
    try {
      return await read(signal);
    } catch (error) {
      signal.throwIfAborted();
      refusals.push(thrownWords(error).message);
    }
  }
  throw new SandboxStartError(
    `The sandbox engine could not be loaded: ${refusals.join('; ')}. Serve quickjs-hardened.wasm of the package beside the ` +
      'script, or give its bytes: new WebWorkerExecutor({ wasm }).',
  );
}

async function fetched(signal: AbortSignal): Promise<ArrayBuffer> {
  const url = new URL('./quickjs-hardened.wasm', import.meta.url);
  const reply = await fetch(url, { signal });
  if (!reply.ok) throw new Error(`${url.href} answered ${reply.status}`);
  const bytes = await reply.arrayBuffer();
  if (isEngine(new Uint8Array(bytes))) return bytes;
  throw new Error(`${url.href} is not the engine of this package, or not all of it`); // a page that is shown for every address, too
}

async function inlined(): Promise<ArrayBuffer> {
  const { engineText } = await import('./engine-text');
  const gunzip = new DecompressionStream('gzip');
  return new Response(new Blob([bytesOfBase64(engineText)]).stream().pipeThrough(gunzip)).arrayBuffer();
}

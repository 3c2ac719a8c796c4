import { SandboxStartError } from '../../errors';
import { bytesOfBase64 } from '../base64';
import { thrownWords } from '../thrown';

const WASM_MAGIC = [0, 0x61, 0x73, 0x6d];

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
  const start = new Uint8Array(bytes, 0, Math.min(4, bytes.byteLength));
  if (!WASM_MAGIC.every((byte, index) => start[index] === byte)) throw new Error(`${url.href} is no WebAssembly`); // a page that is shown for every address
  return bytes;
}

async function inlined(): Promise<ArrayBuffer> {
  const { engineText } = await import('./engine-text');
  const gunzip = new DecompressionStream('gzip');
  return new Response(new Blob([bytesOfBase64(engineText)]).stream().pipeThrough(gunzip)).arrayBuffer();
}

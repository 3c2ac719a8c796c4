import { AgentConfigurationError, SandboxStartError } from '../../errors';
import { thrownWords } from '../thrown';
import { isEngine, isEngineModule } from './engine-mark';
import { SharedLoad } from './shared-load';

/**
 * The hardened engine (`scripts/generate.mjs`): a compiled module, its bytes, or what gives one of them. Its `signal` is aborted
 * when nobody waits for it any more.
 */
export type EngineWasm = EngineSource | ((fetching: { signal: AbortSignal }) => Promise<EngineSource>);
type EngineSource = WebAssembly.Module | BufferSource;

/** Gives the engine compiled for a heap of so many bytes. Rejects with the signal's reason. */
export type EngineModules = (memoryBytes: number, signal: AbortSignal) => Promise<WebAssembly.Module>;

const PAGE_BYTES = 64 * 1024;
/** What the engine needs beside the guest's heap, in bytes. */
export const ENGINE_BYTES = 2 * 1024 * 1024;
const MIN_HEAP_BYTES = 1024 * 1024;
const MAX_HEAP_BYTES = 1_000 * 1024 * 1024;
/** The memory section of the hardened module, up to its maximum: section, size, one memory with a maximum, 18 pages. */
const MEMORY_SECTION = [5, 5, 1, 1, 18];

/**
 * The engine, compiled once a size. A ready module keeps the maximum that it was
 * built with (34 MiB), since only bytes can be changed; the engine's own limit holds below that.
 */
export function engineModules(wasm: EngineWasm): EngineModules {
  const bySize = new Map<number, Promise<WebAssembly.Module>>();
  const source = new SharedLoad((signal) => loaded(wasm, signal));
  return async (memoryBytes, signal) => {
    checkPossible(memoryBytes);
    const given = await source.get(signal);
    if (given instanceof WebAssembly.Module) {
      if (!isEngineModule(given)) throw notOurs();
      return given;
    }
    const known = bySize.get(memoryBytes);
    if (known) return known;
    const compiling = compiled(withMaximum(given, memoryBytes)).catch((error: unknown) => {
      bySize.delete(memoryBytes);
      source.forget(); // it may be fetched whole the next time
      throw error;
    });
    bySize.set(memoryBytes, compiling);
    return compiling;
  };
}

function checkPossible(memoryBytes: number): void {
  if (!Number.isInteger(memoryBytes) || memoryBytes < MIN_HEAP_BYTES || memoryBytes > MAX_HEAP_BYTES) {
    throw new AgentConfigurationError(
      `limits.memoryBytes is ${memoryBytes}: allowed are ${MIN_HEAP_BYTES} to ${MAX_HEAP_BYTES}`,
    );
  }
  if (!('WebAssembly' in globalThis))
    throw new SandboxStartError(
      'The sandbox engine needs WebAssembly, which this runtime lacks or has switched off (Node: --jitless). Allow it, or ' +
        "set the agent's `executor` to one that runs code elsewhere.",
    );
}

async function loaded(wasm: EngineWasm, signal: AbortSignal): Promise<EngineSource> {
  let given: unknown;
  try {
    given = typeof wasm === 'function' ? await wasm({ signal }) : wasm;
  } catch (cause) {
    if (cause instanceof SandboxStartError) throw cause;
    throw new SandboxStartError(
      `The sandbox engine could not be loaded: ${thrownWords(cause).message}. Tried was the executor's option \`wasm\`: set it to ` +
        'the bytes of quickjs-hardened.wasm of the package, a WebAssembly.Module of them, or a function that gives one.',
      { cause },
    );
  }
  if (given instanceof WebAssembly.Module || given instanceof ArrayBuffer || isBytes(given)) return given;
  throw new SandboxStartError(
    `The executor's option \`wasm\` gave ${thrownWords(given).message}: the bytes of quickjs-hardened.wasm, or a ` +
      'WebAssembly.Module of them, are needed.',
  );
}

function isBytes(given: unknown): given is ArrayBufferView<ArrayBuffer> {
  return ArrayBuffer.isView(given);
}

async function compiled(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new SandboxStartError(
      `WebAssembly refuses the sandbox engine: ${thrownWords(cause).message}. A page's content policy must allow ` +
        "'wasm-unsafe-eval' in script-src; an edge worker takes a WebAssembly.Module, and no bytes.",
      { cause },
    );
  }
}

function withMaximum(given: BufferSource, memoryBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = ArrayBuffer.isView(given)
    ? Uint8Array.from(new Uint8Array(given.buffer, given.byteOffset, given.byteLength))
    : new Uint8Array(given.slice(0));
  const pages = Math.ceil((memoryBytes + ENGINE_BYTES) / PAGE_BYTES);
  if (!isEngine(bytes)) throw notOurs();
  const at = memorySection(bytes);
  bytes.set([(pages & 127) | 128, pages >> 7], at + MEMORY_SECTION.length);
  return bytes;
}

function memorySection(bytes: Uint8Array): number {
  let at = 8; // after magic and version
  while (at < bytes.length && bytes[at] !== MEMORY_SECTION[0]) {
    let size = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = bytes[++at] ?? 0;
      size += (byte & 127) * 2 ** shift;
      shift += 7;
    } while (byte > 127);
    at += 1 + size;
  }
  if (MEMORY_SECTION.some((byte, index) => bytes[at + index] !== byte)) throw notOurs();
  return at;
}

function notOurs(): AgentConfigurationError {
  return new AgentConfigurationError(
    '`wasm` is not the hardened engine that this package ships (quickjs-hardened.wasm of the same version), or not all of it',
  );
}

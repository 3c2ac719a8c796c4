/** Name of the empty section that `scripts/generate.mjs` puts at the end of the hardened engine: it goes up with the engine. */
const ENGINE_MARK = 'smolagents-web-engine-1';

/** Whether these are the bytes of the hardened engine, all of them: its mark stands at their end. */
export function isEngine(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(-ENGINE_MARK.length)) === ENGINE_MARK;
}

/** Whether a module was compiled from them. */
export function isEngineModule(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.customSections(module, ENGINE_MARK).length > 0;
}

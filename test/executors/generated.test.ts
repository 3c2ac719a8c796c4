import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { harden, guestText as madeGuestText } from '../../scripts/generate.mjs';
import { AgentConfigurationError } from '../../src/errors';
import { engineBytes as pageEngine } from '../../src/executors/quickjs/engine-bytes';
import { engineModules } from '../../src/executors/quickjs/engine-module';
import { guestText } from '../../src/executors/quickjs/guest-text';
import { engineBytes } from '../fakes/sandbox-bench';

const HEAP = 32 * 1024 * 1024;
const { signal: lasting } = new AbortController();
const packageWasm = () => readFile(createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm'));

test('the guest text in the repository is made from the sources as they are', async () => {
  expect(await madeGuestText(), 'run `npm run prepare`').toContain(JSON.stringify(guestText));
});

test('the hardened engine is made from the pinned one, and any other one is refused', async () => {
  const original = await packageWasm();

  expect(Buffer.compare(harden(original), await engineBytes())).toBe(0);
  expect(() => harden(Buffer.concat([original, Buffer.from([0])]))).toThrow('SHA-256');
});

test('bytes that are not the hardened engine are refused', async () => {
  await expect(engineModules(packageWasm)(HEAP, lasting)).rejects.toThrow(AgentConfigurationError);
  await expect(engineModules(packageWasm)(HEAP, lasting)).rejects.toThrow('not the hardened engine');
});

test('a module of another engine is refused, and the hardened one as a module is taken', async () => {
  const other = await WebAssembly.compile(new Uint8Array(await packageWasm()));
  const ours = await WebAssembly.compile(new Uint8Array(await engineBytes()));

  await expect(engineModules(other)(HEAP, lasting)).rejects.toThrow('not the hardened engine');
  expect(await engineModules(ours)(HEAP, lasting)).toBe(ours);
});

test('the bytes of an engine that came in part are refused', async () => {
  const part = (await engineBytes()).subarray(0, 300_000);

  await expect(engineModules(part)(HEAP, lasting)).rejects.toThrow('or not all of it');
});

test.each([
  ['a part of it', async () => (await engineBytes()).subarray(0, 300_000)],
  ['another engine', packageWasm],
  ['a page', async () => new TextEncoder().encode('<!doctype html>')],
])('where the address of the engine gives %s, the copy in a script is taken', async (_what, read) => {
  const given = new Uint8Array(await read());
  const kept = globalThis.fetch;
  globalThis.fetch = async () => new Response(given);
  try {
    const bytes = await pageEngine({ signal: lasting });

    expect(Buffer.compare(new Uint8Array(bytes), await engineBytes())).toBe(0);
  } finally {
    globalThis.fetch = kept;
  }
});

test('an engine that WebAssembly refuses is an error that says what must be allowed', async () => {
  const broken = (await engineBytes()).fill(0xff, 300_000, 300_100);

  await expect(engineModules(broken)(HEAP, lasting)).rejects.toThrow(/refuses the sandbox engine.*wasm-unsafe-eval/);
});

test('an engine that could not be loaded is tried again', async () => {
  let tries = 0;
  const modules = engineModules(async () => {
    if (++tries === 1) throw new Error('offline');
    return engineBytes();
  });

  await expect(modules(HEAP, lasting)).rejects.toThrow('could not be loaded: offline');

  expect(await modules(HEAP, lasting)).toBeInstanceOf(WebAssembly.Module);
});

test('an engine that one of two gives up is loaded for the other', async () => {
  const first = new AbortController();
  const fetching: AbortSignal[] = [];
  const modules = engineModules(async ({ signal }) => {
    fetching.push(signal);
    return engineBytes();
  });

  const given = Promise.allSettled([modules(HEAP, first.signal), modules(HEAP, lasting)]);
  first.abort(new Error('enough'));

  expect(await given).toMatchObject([{ reason: { message: 'enough' } }, { status: 'fulfilled' }]);
  expect(fetching.map(({ aborted }) => aborted)).toEqual([false]);
});

test('an engine that all have given up is fetched no further, and anew for the next', async () => {
  const fetching: AbortSignal[] = [];
  const modules = engineModules(({ signal }) => {
    fetching.push(signal);
    return fetching.length === 1 ? new Promise(() => {}) : engineBytes();
  });
  const aborters = [new AbortController(), new AbortController()];
  const given = Promise.allSettled(aborters.map(({ signal }) => modules(HEAP, signal)));

  for (const aborter of aborters) aborter.abort('enough');

  expect(await given).toMatchObject([{ reason: 'enough' }, { reason: 'enough' }]);
  expect(await modules(HEAP, lasting)).toBeInstanceOf(WebAssembly.Module);
  expect(fetching.map(({ aborted }) => aborted)).toEqual([true, false]);
});

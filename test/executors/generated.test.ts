import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { harden, guestText as madeGuestText } from '../../scripts/generate.mjs';
import { AgentConfigurationError } from '../../src/errors';
import { engineModules } from '../../src/executors/quickjs/engine-module';
import { guestText } from '../../src/executors/quickjs/guest-text';
import { engineBytes } from '../fakes/sandbox-bench';

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
  await expect(engineModules(packageWasm)(32 * 1024 * 1024)).rejects.toThrow(AgentConfigurationError);
  await expect(engineModules(packageWasm)(32 * 1024 * 1024)).rejects.toThrow('not the hardened engine');
});

test('an engine that WebAssembly refuses is an error that says what must be allowed', async () => {
  const broken = (await engineBytes()).subarray(0, -1);

  await expect(engineModules(broken)(32 * 1024 * 1024)).rejects.toThrow(/refuses the sandbox engine.*wasm-unsafe-eval/);
});

test('an engine that could not be loaded is tried again', async () => {
  let tries = 0;
  const modules = engineModules(async () => {
    if (++tries === 1) throw new Error('offline');
    return engineBytes();
  });

  await expect(modules(32 * 1024 * 1024)).rejects.toThrow('could not be loaded: offline');

  expect(await modules(32 * 1024 * 1024)).toBeInstanceOf(WebAssembly.Module);
});

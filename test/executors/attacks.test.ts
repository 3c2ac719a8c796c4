import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CodeOutput, Executor } from '../../src/executors/executor';
import { runtime } from '../../src/runtimes/node';
import { inProcess, openBench, type TestTool } from '../fakes/sandbox-bench';

interface Expectation {
  outcome: string[];
  valueAnyOf?: unknown[];
  errorIncludes?: string;
  hostCallsMax?: Record<string, number>;
  maxLogChars?: number;
  maxErrorChars?: number;
  maxWallMs?: number;
  knownHard?: boolean;
}
interface Attack {
  id: string;
  what: string;
  code?: string;
  expect?: Expectation;
  runs?: { code: string; expect: Expectation }[];
}

const file = join(process.env.CASES ?? '../shared', 'hazards/sandbox-attacks.json');
const attacks: Attack[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).cases : [];
if (attacks.length === 0) console.warn(`NO ATTACK CASES: ${file} is not there`);

const LIMITS = { timeoutMs: 1_000, crossCharacters: 1_048_576, maxCalls: 100, maxPrintCharacters: 65_536 };
const user = { id: 1, name: 'Ada', roles: ['user'], prefs: { theme: 'dark' } };

function named(args: readonly unknown[]): Record<string, unknown> {
  return typeof args[0] === 'object' && args[0] !== null ? { ...args[0] } : {};
}

const tools: Record<string, TestTool> = {
  add: ({ args }) => {
    const { a, b } = named(args);
    if (typeof a !== 'number' || typeof b !== 'number') throw new TypeError('a and b must be numbers');
    return a + b;
  },
  echo: ({ args }) => named(args).value,
  get_user: () => user,
  fail: ({ args }) => {
    throw Object.assign(new Error(`tool failed: ${named(args).message}`), { secret: 'canary-7d1e' });
  },
  slow: ({ args }) => new Promise((resolve) => setTimeout(resolve, Number(named(args).ms), 'done')),
  never: () => new Promise(() => {}),
  big: ({ args }) => 'x'.repeat(Number(named(args).n)),
};

function outcomeOf({ answer, error }: CodeOutput): string {
  if (answer) return 'value';
  if (!error) return 'none';
  return error.kind === 'timeout' ? 'timeout' : error.kind === 'out_of_memory' ? 'oom' : 'error';
}

/** What an attack on the host would have changed. */
function hostState(): unknown[] {
  const keys = [Object.prototype, Array.prototype, Function.prototype, Promise.prototype, globalThis].map((one) =>
    Reflect.ownKeys(one),
  );
  const functions = [Promise.prototype.then, JSON.parse, JSON.stringify, console.log, Array.prototype.map];
  return [...keys, ...functions, structuredClone(user), Reflect.get({}, 'polluted')];
}

async function play(executor: Executor, code: string, expected: Expectation): Promise<void> {
  const before = hostState();
  const bench = await openBench({ executor, tools, limits: LIMITS });
  const started = performance.now();
  const output = await bench.run(code);
  const wallMs = performance.now() - started;
  const outcome = outcomeOf(output);
  expect(expected.outcome).toContain(outcome);
  if (outcome === 'value' && expected.valueAnyOf) expect(expected.valueAnyOf).toContainEqual(output.answer?.value);
  if (expected.errorIncludes) expect(output.error?.message).toContain(expected.errorIncludes);
  for (const [name, most] of Object.entries(expected.hostCallsMax ?? {})) {
    expect(bench.calls.filter((call) => call.name === name).length).toBeLessThanOrEqual(most);
  }
  expect(output.logs.length).toBeLessThanOrEqual(expected.maxLogChars ?? 70_000);
  expect(output.error?.message.length ?? 0).toBeLessThanOrEqual(expected.maxErrorChars ?? 20_000);
  expect(wallMs).toBeLessThan(expected.maxWallMs ?? 5_000);
  expect(
    JSON.stringify([output.logs, output.error, output.answer, bench.prints], (_key, value) =>
      String(value) === value || typeof value !== 'bigint' ? value : String(value),
    ),
  ).not.toContain('canary');
  expect(hostState()).toEqual(before);
  await bench.sandbox[Symbol.asyncDispose]();
}

const strays: unknown[] = [];
const keepStray = (reason: unknown) => strays.push(reason);
beforeAll(() => {
  Reflect.set(globalThis, 'HOST_CANARY', 'canary-7d1e');
  process.on('unhandledRejection', keepStray);
});
afterAll(() => {
  process.off('unhandledRejection', keepStray);
  Reflect.deleteProperty(globalThis, 'HOST_CANARY');
});

describe.each([
  ['in process', async () => inProcess],
  ['in a worker thread', () => runtime.executor()],
])('%s', (where, executorOf) => {
  test.each(attacks)('$id $what', { timeout: 60_000 }, async ({ code, expect: expected, runs }) => {
    const executor = await executorOf();
    const parts = runs ?? (code !== undefined && expected ? [{ code, expect: expected }] : []);
    for (const part of parts) {
      if (part.expect.knownHard && where === 'in process') continue; // needs a stop from outside
      await play(executor, part.code, part.expect);
    }
    const after = await openBench({ executor, tools, limits: LIMITS });
    expect((await after.run('final_answer(1 + 1)')).answer).toEqual({ value: 2 });
    await after.sandbox[Symbol.asyncDispose]();
    expect(strays).toEqual([]);
  });
});

if (attacks.length === 0) test.skip('the attack cases, which are not at CASES', () => {});

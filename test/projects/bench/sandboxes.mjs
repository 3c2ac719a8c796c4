// Prints what sandboxes cost in this process and through worker threads: lists of ms (or µs, MB) by name. Argument: rounds.
import { readFile } from 'node:fs/promises';

const DIST = new URL('./node_modules/smolagents-web/dist/', import.meta.url);
const { InProcessExecutor } = await import('smolagents-web');
const { WorkerThreadExecutor } = await import(new URL('runtimes/node/worker-host.js', DIST).href);
const { DEFAULT_LIMITS } = await import(new URL('executors/executor.js', DIST).href);
const { systemClock } = await import(new URL('web/clock.js', DIST).href);
const wasm = await readFile(new URL('executors/quickjs/quickjs-hardened.wasm', DIST));

const rounds = Number(process.argv[2]);
const NINE_CALLS = `let sum = 0;\n${'sum += await look_up({ number: sum });\n'.repeat(9)}sum`;
const LONG = `(await look_up({ text: 'x'.repeat(1000000) }), 1)`;
const FIBONACCI = '(() => { const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2)); return fib(25); })()';

const options = {
  functions: [{ name: 'look_up', untimed: false }],
  modules: {},
  limits: { ...DEFAULT_LIMITS, crossCharacters: 2_000_000 },
  clock: systemClock,
};
const idle = new AbortController().signal;
const handle = {
  file: 'step.js',
  signal: idle,
  call: async ({ args: [{ number }] }) => (number === undefined ? 0 : 1),
};

/** Milliseconds of `work`, whose result is passed on. */
async function timed(work) {
  const started = performance.now();
  const result = await work();
  return { ms: performance.now() - started, result };
}

/** Milliseconds of one step that must give `value`. */
async function step(sandbox, code, value) {
  const { ms, result } = await timed(() => sandbox.run(code, handle));
  if (result.value !== value) throw new Error(`a step gave ${JSON.stringify(result)}`);
  return ms;
}

/** One round: lists of figures by name, the ones with a goal several times over. */
async function measure(executor) {
  const open = [];
  const nineCalls = [];
  for (let again = 0; again < 5; again++) {
    const { ms, result } = await timed(() => executor.open(options));
    open.push(ms);
    nineCalls.push(await step(result, NINE_CALLS, 9));
    await result[Symbol.asyncDispose]();
  }
  const sandbox = await executor.open(options);
  const plainStep = await step(sandbox, '1 + 1', 2);
  await step(sandbox, NINE_CALLS, 9);
  const snapshot = await timed(() => sandbox.snapshot());
  const restored = await timed(() => executor.open({ ...options, snapshot: snapshot.result }));
  if ((await restored.result.run('sum', handle)).value !== 9) throw new Error('the snapshot lost a variable');
  const fork = await timed(() => sandbox.fork());
  const figures = {
    open,
    plainStep: [plainStep],
    nineCalls,
    snapshot: [snapshot.ms],
    restore: [restored.ms],
    fork: [fork.ms],
    snapshotMegabytes: [snapshot.result.length / 1e6],
    fibonacci: [await step(sandbox, FIBONACCI, 75025)],
    megabyte: [await step(sandbox, LONG, 1)],
  };
  for (const one of [sandbox, restored.result, fork.result]) await one[Symbol.asyncDispose]();
  return figures;
}

/** Memory of one open sandbox in MB, of a hundred at once. */
async function held(executor) {
  const count = 100;
  const before = process.memoryUsage.rss();
  const sandboxes = [];
  for (let index = 0; index < count; index++) sandboxes.push(await executor.open(options));
  const grown = process.memoryUsage.rss() - before;
  for (const sandbox of sandboxes) await sandbox[Symbol.asyncDispose]();
  return grown / count / 1e6;
}

const executors = {
  'in-process': new InProcessExecutor({ wasm }),
  'worker thread': new WorkerThreadExecutor({ wasm, workerUrl: new URL('runtimes/node/worker-thread.js', DIST) }),
};
const found = { 'in-process': {}, 'worker thread': {} };
for (const [name, executor] of Object.entries(executors)) {
  const first = await timed(() => executor.open(options));
  await first.result[Symbol.asyncDispose]();
  found[name].first = [first.ms];
  if (name === 'in-process') found[name].heldMegabytes = [await held(executor)];
  for (let warmUp = 0; warmUp < rounds; warmUp++) await measure(executor);
}
for (let round = 0; round < rounds; round++) {
  for (const [name, executor] of Object.entries(executors)) {
    const figures = await measure(executor);
    for (const [figure, values] of Object.entries(figures)) {
      found[name][figure] ??= [];
      found[name][figure].push(...values);
    }
  }
}
console.log(JSON.stringify(found));

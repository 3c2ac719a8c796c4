import type { Executor, Sandbox, StepHandle } from 'smolagents-web';
import { DEFAULT_LIMITS, type SandboxLimits } from '../../src/executors/executor';
import { systemClock } from '../../src/web/clock';

/** What a sandbox takes in one runtime: medians, in milliseconds where the name says no other unit. */
export interface SandboxFigures {
  firstOpenMs: number;
  openMs: number;
  stepMs: number;
  /** Before the engine's own compilers have taken up what such a step runs, and after. */
  earlyNineCallsMs: number;
  nineCallsMs: number;
  callUs: number;
  snapshotMs: number;
  snapshotKb: number;
  restoreMs: number;
  /** Beyond the limit of a loop that can be interrupted, and of a built-in that cannot; the latter with the next step. */
  softStopMs: number;
  hardStopMs?: number;
  /** Longest time in which no timer and, in a page, no frame came, while the guest ran for two seconds. */
  longestGapMs: number;
}

const ROUNDS = 30;
const EARLY_ROUNDS = 10;
const WARM_UP_ROUNDS = 90; // until they give the same as later ones; a browser compiles beside them, at its leisure
const LIMIT_MS = 300;
const GAP_MS = 2_000;
const FILLING = 'var rows = Array.from({ length: 1000 }, (_, i) => ({ id: i, name: "row " + i }));';

/** Measures the executor of this runtime; `hasOuterStop` says whether a guest can be ended from outside. */
export async function measureSandbox(executor: Executor, hasOuterStop: boolean): Promise<SandboxFigures> {
  const firstOpenMs = await timed(() => inSandbox(executor, {}, async () => {}));
  const openMs = await median(() => inSandbox(executor, {}, async () => {}));
  const warm = await inSandbox(executor, {}, warmFigures);
  const snapshots = await inSandbox(executor, {}, (sandbox) => snapshotFigures(executor, sandbox));
  const softStopMs = (await stopped(executor, 'for (;;) {}')) - LIMIT_MS;
  const hardStop = hasOuterStop ? await stopped(executor, 'let n = 2n ** 1000000n; for (;;) n.toString()') : undefined;
  const longestGapMs = await longestGap(() =>
    inSandbox(executor, { timeoutMs: GAP_MS }, (sandbox) => sandbox.run('for (;;) {}', handle())),
  );
  return {
    firstOpenMs,
    openMs,
    ...warm,
    ...snapshots,
    softStopMs,
    ...(hardStop !== undefined && { hardStopMs: hardStop - LIMIT_MS }),
    longestGapMs,
  };
}

/** Opens, uses and closes so many sandboxes, one after the other. Throws where one does not answer. */
export async function inARow(executor: Executor, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await inSandbox(executor, {}, async (sandbox) => {
      const { answer } = await sandbox.run('final_answer(await add(1, 2))', handle());
      if (answer?.value !== 3) throw new Error(`sandbox ${index} answered ${String(answer?.value)}`);
    });
  }
}

async function inSandbox<Result>(
  executor: Executor,
  limits: Partial<SandboxLimits>,
  work: (sandbox: Sandbox) => Promise<Result>,
): Promise<Result> {
  const functions = [{ name: 'add', untimed: false }];
  await using sandbox = await executor.open({
    functions,
    modules: {},
    limits: { ...DEFAULT_LIMITS, ...limits },
    clock: systemClock,
  });
  return await work(sandbox); // closed after it, not before
}

async function warmFigures(sandbox: Sandbox) {
  const run = (code: string) => async () => void (await sandbox.run(code, handle()));
  const nineCalls = run('for (let i = 0; i < 9; i++) await add(i, 1)');
  await run('await add(1, 2)')();
  const earlyNineCallsMs = await median(nineCalls, EARLY_ROUNDS);
  for (let round = 0; round < WARM_UP_ROUNDS; round++) await nineCalls();
  const stepMs = await median(run('1 + 1'));
  const nineCallsMs = await median(nineCalls);
  const hundredCallsMs = await median(run('for (let i = 0; i < 100; i++) await add(i, 1)'));
  return { stepMs, earlyNineCallsMs, nineCallsMs, callUs: (hundredCallsMs - stepMs) * 10 };
}

async function snapshotFigures(executor: Executor, sandbox: Sandbox) {
  await sandbox.run(FILLING, handle());
  const snapshotMs = await median(() => sandbox.snapshot());
  const snapshot = await sandbox.snapshot();
  const options = { functions: [], modules: {}, limits: DEFAULT_LIMITS, clock: systemClock, snapshot };
  const restoreMs = await median(async () => {
    await using _ = await executor.open(options);
  });
  return { snapshotMs, snapshotKb: snapshot.length / 1_000, restoreMs };
}

/** Until the step after the one that was stopped has run. */
async function stopped(executor: Executor, code: string): Promise<number> {
  return inSandbox(executor, { timeoutMs: LIMIT_MS }, (sandbox) =>
    timed(async () => {
      const { error } = await sandbox.run(code, handle());
      if (error?.kind !== 'timeout') throw new Error(`the step ended with ${error?.message ?? 'no error'}`);
      await sandbox.run('1', handle());
    }),
  );
}

async function longestGap(work: () => Promise<unknown>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const watch = { isOn: true };
  const beat = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const ticker = setInterval(beat, 4);
  const frames = watchFrames(watch);
  await work();
  clearInterval(ticker);
  watch.isOn = false;
  beat();
  return Math.max(longest, frames.longestMs());
}

/** Longest time between two frames; 0 where there is no page. */
function watchFrames(watch: { isOn: boolean }): { longestMs(): number } {
  let longest = 0;
  let last: number | undefined;
  const onFrame = (now: number) => {
    if (last !== undefined) longest = Math.max(longest, now - last);
    last = now;
    if (watch.isOn) requestAnimationFrame(onFrame);
  };
  if ('requestAnimationFrame' in globalThis) requestAnimationFrame(onFrame);
  return { longestMs: () => longest };
}

async function median(work: () => Promise<unknown>, rounds = ROUNDS): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await timed(work));
  return times.sort((a, b) => a - b)[rounds >> 1] ?? 0;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

function handle(): StepHandle {
  return {
    file: 'step_1.js',
    signal: new AbortController().signal,
    call: async ({ args: [a, b] }) => Number(a) + Number(b),
  };
}

import {
  type CodeOutput,
  type SandboxLimits,
  SandboxStartError,
  WebWorkerExecutor,
  type WebWorkerExecutorOptions,
} from 'smolagents-web';
import { DEFAULT_LIMITS, type Sandbox } from '../../src/executors/executor';
import { systemClock } from '../../src/web/clock';

/** Steps of code for one sandbox after the other, all of one executor. */
export interface SandboxOrder {
  options?: WebWorkerExecutorOptions;
  limits?: Partial<SandboxLimits>;
  sandboxes: string[][];
  /** Abort the last step of each sandbox after so many milliseconds. */
  abortMs?: number;
  /** Abort the start of the first sandbox: as soon as a blob has an address, or when `abortStart` is called. */
  abortStart?: 'at-blob' | 'when-told';
}

export interface SandboxReport {
  /** Of each sandbox, what its steps came to; a text for a step that rejected. */
  outputs: (CodeOutput | string)[][];
  /** How long each step took, in milliseconds. */
  wallMs: number[][];
  /** Longest time between two timers of 5 ms that fired meanwhile. */
  longestGapMs: number;
  startError?: string;
  /** Addresses of blobs: made, and not yet let go when all was over. */
  blobs: { made: number; left: number };
}

export interface SandboxPage {
  play(order: SandboxOrder): Promise<SandboxReport>;
  /** The same in a Web Worker that runs this very script. */
  playInWorker(order: SandboxOrder): Promise<SandboxReport>;
  violations: string[];
  abortStart(): void;
}

const addresses = new Set<string>();
let made = 0;
let onBlob = () => {};
const { createObjectURL, revokeObjectURL } = URL;
URL.createObjectURL = (blob) => {
  const address = createObjectURL(blob);
  made++;
  addresses.add(address);
  onBlob();
  return address;
};
URL.revokeObjectURL = (address) => {
  addresses.delete(address);
  revokeObjectURL(address);
};
let abortStart = () => {};

async function play(order: SandboxOrder): Promise<SandboxReport> {
  const report: SandboxReport = { outputs: [], wallMs: [], longestGapMs: 0, blobs: { made: 0, left: 0 } };
  let last = performance.now();
  const ticker = setInterval(() => {
    const now = performance.now();
    report.longestGapMs = Math.max(report.longestGapMs, now - last);
    last = now;
  }, 5);
  try {
    const executor = new WebWorkerExecutor(order.options);
    for (const steps of order.sandboxes) await playSteps(executor, steps, order, report);
  } catch (error) {
    if (!(error instanceof SandboxStartError)) throw error;
    report.startError = error.message;
  } finally {
    clearInterval(ticker);
    report.blobs = { made, left: addresses.size };
  }
  return report;
}

async function playSteps(
  executor: WebWorkerExecutor,
  steps: readonly string[],
  { limits = {}, abortMs, abortStart: whenAborted }: SandboxOrder,
  report: SandboxReport,
): Promise<void> {
  const functions = [{ name: 'add', untimed: false }];
  const starting = new AbortController();
  if (report.outputs.length === 0 && whenAborted) {
    const abort = () => starting.abort(new Error('enough of it'));
    if (whenAborted === 'at-blob') onBlob = abort;
    else abortStart = abort;
  }
  let sandbox: Sandbox;
  try {
    sandbox = await executor.open({
      functions,
      modules: {},
      limits: { ...DEFAULT_LIMITS, ...limits },
      clock: systemClock,
      signal: starting.signal,
    });
  } catch (error) {
    if (!starting.signal.aborted) throw error;
    report.outputs.push([String(error)]);
    return;
  }
  const outputs: (CodeOutput | string)[] = [];
  const wallMs: number[] = [];
  report.outputs.push(outputs);
  report.wallMs.push(wallMs);
  for (const [index, code] of steps.entries()) {
    const startedMs = performance.now();
    const isLast = index === steps.length - 1;
    const signal = abortMs !== undefined && isLast ? AbortSignal.timeout(abortMs) : new AbortController().signal;
    const call = async ({ args: [a, b] }: { args: readonly unknown[] }) => Number(a) + Number(b);
    outputs.push(await sandbox.run(code, { file: `step_${index + 1}.js`, signal, call }).catch(String));
    wallMs.push(performance.now() - startedMs);
  }
  await sandbox[Symbol.asyncDispose]();
}

function playInWorker(order: SandboxOrder): Promise<SandboxReport> {
  const worker = new Worker('/app.js', { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<SandboxReport | 'ready'>) => {
      if (data === 'ready') worker.postMessage(order);
      else resolve(data);
    });
    worker.addEventListener('error', reject);
  });
}

if ('document' in globalThis) {
  const violations: string[] = [];
  addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
    violations.push(`${effectiveDirective} ${blockedURI}`),
  );
  const sandboxPage: SandboxPage = { play, playInWorker, violations, abortStart: () => abortStart() };
  Object.assign(globalThis, { sandboxPage });
} else {
  addEventListener('message', async ({ data }: MessageEvent<SandboxOrder>) => postMessage(await play(data)));
  postMessage('ready');
}

import { Worker } from 'node:worker_threads';
import { SandboxStartError } from '../../errors';
import type { CellHost } from '../../executors/cell';
import type { Executor, Sandbox, SandboxOptions } from '../../executors/executor';
import { remoteCellHost, type Thread, whenReady } from '../../executors/protocol';
import { type EngineWasm, engineModules } from '../../executors/quickjs/engine-module';
import { guestSandbox } from '../../executors/sandbox';
import { checkedOptions, checkThreadSettings } from '../../executors/sandbox-options';
import { ThreadPool } from '../../executors/thread-pool';
import { thrownWords } from '../../executors/thrown';
import { refuseUnknownOptions } from '../../web/options';

/** Time for a thread's file to be read and run, in milliseconds. */
const START_MS = 15_000;

export interface WorkerThreadExecutorOptions {
  /** The hardened engine. */
  wasm: EngineWasm;
  /** Address of the thread's file, `worker-thread.js`. */
  workerUrl: URL;
  /** How long a guest that does not stop by itself may overrun its limit before its thread is ended, in milliseconds. */
  graceMs?: number;
  /** Threads kept for the next sandbox when theirs is closed. */
  maxIdleThreads?: number;
}

/**
 * Runs the model's code in worker threads, one for each open sandbox, used again when it is closed. A guest that dodges the
 * engine's interrupt is stopped by ending its thread; the sandbox goes on in another one from the state before the step.
 */
export class WorkerThreadExecutor implements Executor {
  readonly #host: CellHost;

  constructor(options: WorkerThreadExecutorOptions) {
    refuseUnknownOptions('WorkerThreadExecutor', options, ['wasm', 'workerUrl', 'graceMs', 'maxIdleThreads']);
    const { wasm, workerUrl, graceMs = 1_000, maxIdleThreads = 4 } = options;
    checkThreadSettings({ graceMs, maxIdleThreads });
    const pool = new ThreadPool((signal) => startThread(workerUrl, signal), maxIdleThreads);
    this.#host = remoteCellHost(engineModules(wasm), (signal) => pool.acquire(signal), graceMs);
  }

  async open(options: SandboxOptions): Promise<Sandbox> {
    return guestSandbox(this.#host, checkedOptions(options));
  }
}

/** Throws a `SandboxStartError` where the thread's file is missing or fails. */
async function startThread(workerUrl: URL, signal: AbortSignal): Promise<Thread> {
  const thread = threadOf(workerUrl);
  try {
    await whenReady(thread, START_MS, signal);
    return thread;
  } catch (cause) {
    signal.throwIfAborted();
    throw new SandboxStartError(
      `The sandbox could not start a worker thread from ${workerUrl}: ${thrownWords(cause).message}. The package ships this ` +
        'file: leave smolagents-web out of a bundle for Node (external), or give the agent an executor of its own.',
      { cause },
    );
  }
}

function threadOf(workerUrl: URL): Thread {
  // No environment, no flags of the parent: the thread needs none, and secrets stay where they are.
  const worker = new Worker(workerUrl, { env: {}, execArgv: [], name: 'smolagents-web sandbox' });
  let listener: (message: unknown) => void = () => {};
  let ended: (reason: string) => void = () => {};
  worker.unref();
  worker.on('message', (message: unknown) => listener(message));
  worker.on('error', (error) => ended(error.message));
  worker.on('exit', (code) => ended(`exit code ${code}`));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    receive: (next) => {
      listener = next;
    },
    onEnd: (next) => {
      ended = next;
    },
    setBusy: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
    stop: () => void worker.terminate(), // resolves when it is over; `exit` tells the same
  };
}

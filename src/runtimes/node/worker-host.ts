import { Worker } from 'node:worker_threads';
import { AgentConfigurationError } from '../../errors';
import type { Executor, Sandbox, SandboxOptions } from '../../executors/executor';
import { remoteCellHost, type Thread } from '../../executors/protocol';
import { type EngineWasm, engineModules } from '../../executors/quickjs/engine-module';
import { guestSandbox } from '../../executors/sandbox';
import { checkedOptions } from '../../executors/sandbox-options';
import { refuseUnknownOptions } from '../../web/options';

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
  readonly #pool: ThreadPool;
  readonly #host: ReturnType<typeof remoteCellHost>;

  constructor(options: WorkerThreadExecutorOptions) {
    refuseUnknownOptions('WorkerThreadExecutor', options, ['wasm', 'workerUrl', 'graceMs', 'maxIdleThreads']);
    const { wasm, workerUrl, graceMs = 1_000, maxIdleThreads = 4 } = options;
    if (!(graceMs >= 0))
      throw new AgentConfigurationError(`graceMs is ${graceMs}: a number of milliseconds, 0 or more, is needed`);
    if (!(maxIdleThreads >= 0))
      throw new AgentConfigurationError(`maxIdleThreads is ${maxIdleThreads}: a number, 0 or more, is needed`);
    this.#pool = new ThreadPool(workerUrl, maxIdleThreads);
    this.#host = remoteCellHost(engineModules(wasm), async () => this.#pool.acquire(), graceMs);
  }

  async open(options: SandboxOptions): Promise<Sandbox> {
    return guestSandbox(this.#host, checkedOptions(options));
  }
}

class ThreadPool {
  readonly #idle: PooledThread[] = [];
  readonly #workerUrl: URL;
  readonly #maxIdle: number;

  constructor(workerUrl: URL, maxIdle: number) {
    this.#workerUrl = workerUrl;
    this.#maxIdle = maxIdle;
  }

  acquire(): Thread {
    return (
      this.#idle.pop() ??
      new PooledThread(
        this.#workerUrl,
        (thread) => this.#keep(thread),
        (thread) => this.#drop(thread),
      )
    );
  }

  #keep(thread: PooledThread): void {
    if (this.#idle.length < this.#maxIdle) this.#idle.push(thread);
    else thread.stop();
  }

  #drop(thread: PooledThread): void {
    const at = this.#idle.indexOf(thread);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}

class PooledThread implements Thread {
  readonly #worker: Worker;
  readonly #keep: (thread: PooledThread) => void;
  #listener: (message: unknown) => void = () => {};
  #ended: (reason: string) => void = () => {};

  constructor(workerUrl: URL, keep: (thread: PooledThread) => void, drop: (thread: PooledThread) => void) {
    this.#keep = keep;
    // No environment, no flags of the parent: the thread needs none, and secrets stay where they are.
    this.#worker = new Worker(workerUrl, { env: {}, execArgv: [], name: 'smolagents-web sandbox' });
    this.#worker.unref();
    this.#worker.on('message', (message: unknown) => this.#listener(message));
    this.#worker.on('error', (error) => {
      drop(this);
      this.#ended(error.message);
    });
    this.#worker.on('exit', (code) => {
      drop(this);
      this.#ended(`exit code ${code}`);
    });
  }

  post(message: unknown, transfer: ArrayBuffer[]): void {
    this.#worker.postMessage(message, transfer);
  }

  receive(listener: (message: unknown) => void): void {
    this.#listener = listener;
  }

  onEnd(listener: (reason: string) => void): void {
    this.#ended = listener;
  }

  setBusy(isBusy: boolean): void {
    if (isBusy) this.#worker.ref();
    else this.#worker.unref();
  }

  stop(): void {
    void this.#worker.terminate(); // resolves when it is over; `exit` tells the same
  }

  release(): void {
    this.#listener = () => {};
    this.#ended = () => {};
    this.#keep(this);
  }
}

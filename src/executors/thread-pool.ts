import { AgentConfigurationError } from '../errors';
import type { LentThread, Thread } from './protocol';
import { MAX_LIMIT } from './sandbox-options';

/** Throws an `AgentConfigurationError` for a number that is none, or below 0. */
export function checkThreadSettings({ graceMs, maxIdleThreads }: { graceMs: number; maxIdleThreads: number }): void {
  if (!(graceMs >= 0 && graceMs <= MAX_LIMIT))
    throw new AgentConfigurationError(
      `graceMs is ${graceMs}: a number of milliseconds, 0 or more, at most ${MAX_LIMIT}, is needed`,
    );
  if (!(maxIdleThreads >= 0))
    throw new AgentConfigurationError(`maxIdleThreads is ${maxIdleThreads}: a number, 0 or more, is needed`);
}

/** Threads for cells, one each. A thread whose cell is closed serves the next one. */
export class ThreadPool {
  readonly #idle: Thread[] = [];
  readonly #start: () => Promise<Thread>;
  readonly #maxIdle: number;

  constructor(start: () => Promise<Thread>, maxIdle: number) {
    this.#start = start;
    this.#maxIdle = maxIdle;
  }

  async acquire(): Promise<LentThread> {
    return this.#lend(this.#idle.pop() ?? (await this.#start()));
  }

  #lend(thread: Thread): LentThread {
    return {
      post: (message, transfer) => thread.post(message, transfer),
      receive: (listener) => thread.receive(listener),
      onEnd: (listener) => thread.onEnd(listener),
      setBusy: (isBusy) => thread.setBusy(isBusy),
      stop: () => thread.stop(),
      release: () => this.#keep(thread),
    };
  }

  #keep(thread: Thread): void {
    thread.receive(() => {});
    thread.onEnd(() => this.#drop(thread));
    if (this.#idle.length < this.#maxIdle) this.#idle.push(thread);
    else thread.stop();
  }

  #drop(thread: Thread): void {
    const at = this.#idle.indexOf(thread);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}

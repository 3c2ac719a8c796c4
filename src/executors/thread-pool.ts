import type { LentThread, Thread } from './protocol';

/** Threads for cells, one each. A thread whose cell is closed serves the next one. */
export class ThreadPool {
  readonly #idle: Thread[] = [];
  readonly #start: (signal: AbortSignal) => Promise<Thread>;
  readonly #maxIdle: number;

  constructor(start: (signal: AbortSignal) => Promise<Thread>, maxIdle: number) {
    this.#start = start;
    this.#maxIdle = maxIdle;
  }

  async acquire(signal: AbortSignal): Promise<LentThread> {
    return this.#lend(this.#idle.pop() ?? (await this.#start(signal)));
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

import { AgentConfigurationError, type AgentError } from '../../errors';
import type { AgentEvent, AgentRun, ForkEdits, ForkOptions, RunResult } from '../agent';
import { abortError } from './context';

/** Told once of what the run came to. */
export type OnEnd = (result: RunResult, failure: AgentError | undefined) => void;
/** Makes the events of a run. */
export type Start = (aborter: AbortController, onEnd: OnEnd) => AsyncGenerator<AgentEvent, void>;

/** Why a run is aborted whose events are read no further. */
export const READER_LEFT = 'its reader left';

/** Begins when it is first read or awaited; whoever reads the events drives it, else the awaited result does. */
export class RunUnderWay implements AgentRun {
  readonly #aborter = new AbortController();
  readonly #start: Start;
  readonly #result: Promise<RunResult>;
  #settle: { resolve(result: RunResult): void; reject(error: unknown): void } = { resolve: () => {}, reject: () => {} };
  #events: AsyncGenerator<AgentEvent, void> | undefined;
  #ended: RunResult | undefined;
  /** Read ahead of the reader, by whoever ended the run. */
  readonly #ahead: Promise<IteratorResult<AgentEvent, void>>[] = [];

  constructor(start: Start) {
    this.#start = start;
    this.#result = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#result.catch(() => {}); // a reader of the events gets the error there
  }

  get result(): Promise<RunResult> {
    queueMicrotask(() => {
      if (!this.#events) void this.#drain(); // nobody reads the events
    });
    return this.#result;
  }

  abort(reason?: unknown): void {
    this.#aborter.abort(reason ?? 'abort() was called');
    void this.#toTheEnd();
  }

  fork(step: number, edits?: ForkEdits, options?: ForkOptions): AgentRun {
    if (this.#ended) return this.#ended.fork(step, edits, options);
    throw new AgentConfigurationError(
      'A run can be forked when it has ended; read its events or await its result first',
    );
  }

  [Symbol.asyncIterator](): AsyncIterator<AgentEvent, void> {
    if (this.#events)
      throw new AgentConfigurationError(
        'The events of a run can be read once; start another run, or read them in one place',
      );
    this.#events = this.#tell();
    const events = this.#events;
    return {
      next: () => this.#ahead.shift() ?? events.next(),
      return: async () => {
        this.#aborter.abort(READER_LEFT); // before the generators unwind, so that nothing goes on behind them
        const left = await events.return();
        this.#settle.reject(abortError(READER_LEFT)); // of events that were never begun: there is no result
        return left;
      },
    };
  }

  /** Ends the run. Its reader, who may be waiting for this very call, is given the events that are left when it goes on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#aborter.abort('the run was disposed of'); // a run that was not begun ends at once when it is
    await this.#toTheEnd();
  }

  /** Drives a run that was aborted, also where its reader has stopped reading. */
  async #toTheEnd(): Promise<void> {
    const events = this.#events;
    if (!events) return;
    for (let done = false; !done; ) {
      const next = events.next();
      this.#ahead.push(next);
      done = await next.then(
        (result) => result.done ?? false,
        () => true,
      );
    }
  }

  async #drain(): Promise<void> {
    try {
      for await (const _ of this) {
        // the result is all that is wanted
      }
    } catch {
      // the promise has it
    }
  }

  async *#tell(): AsyncGenerator<AgentEvent, void> {
    let ended: { result: RunResult; failure: AgentError | undefined } | undefined;
    try {
      yield* this.#start(this.#aborter, (result, failure) => {
        if (failure) failure.result = result;
        this.#ended = result;
        ended = { result, failure };
      });
      if (ended?.failure) throw ended.failure;
    } catch (error) {
      this.#settle.reject(error);
      throw error;
    } finally {
      // only now: whoever awaits the result may start the next run at once
      if (ended?.failure) this.#settle.reject(ended.failure);
      else if (ended) this.#settle.resolve(ended.result);
    }
  }
}

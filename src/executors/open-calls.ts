import type { Clock } from '../web/clock';
import { ofCall } from '../web/of-call';
import type { CellCall } from './cell';
import { decode, encode } from './codec';
import type { StepHandle } from './executor';
import type { SettledCall } from './quickjs/guest/boot';
import { thrownWords } from './thrown';

export interface OpenCallsOptions {
  step: StepHandle;
  clock: Clock;
  /** Of the step: ends each wait. */
  signal: AbortSignal;
  /** Names of functions whose time does not count. */
  untimed: ReadonlySet<string>;
  crossCharacters: number;
  maxErrorCharacters: number;
}

/** Why an alarm is turned off. */
const SETTLED = 'settled';

export type NamedResult = SettledCall & { name: string };

/** The calls that a step waits for on the host. */
export class OpenCalls {
  readonly #options: OpenCallsOptions;
  readonly #open = new Map<string, { name: string; abort: AbortController }>();
  #settled: NamedResult[] = [];
  #wait: { wake(): void; fail(reason: unknown): void } = { wake: () => {}, fail: () => {} };
  readonly #onAbort = () => this.#wait.fail(this.#options.signal.reason);

  /** Listens to the signal until `abort` is called: one listener and no error for each wait, which a browser makes slowly. */
  constructor(options: OpenCallsOptions) {
    this.#options = { ...options, clock: ofCall(options.clock, options.step.file) }; // a recording keeps the time of each step apart
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  names(): string[] {
    return [...this.#open.values()].map(({ name }) => name);
  }

  ids(): string[] {
    return [...this.#open.keys()];
  }

  start(calls: readonly CellCall[]): void {
    for (const call of calls) void this.#make(call); // settles into `#settled`, never rejects
  }

  /** Calls that have settled since, at least one; none when `limitMs` of counted time is over. Rejects with the signal's reason. */
  async next(limitMs: number): Promise<{ settled: readonly NamedResult[]; spentMs: number }> {
    const { clock, untimed, signal } = this.#options;
    signal.throwIfAborted();
    const counts = this.names().some((name) => !untimed.has(name));
    const started = clock.now();
    if (this.#settled.length === 0) await this.#settledOrLate(counts ? limitMs : undefined);
    const settled = this.#settled;
    this.#settled = [];
    return { settled, spentMs: counts ? clock.now() - started : 0 };
  }

  /** Nobody needs the results any more. */
  abort(reason: unknown): void {
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    for (const { abort } of this.#open.values()) abort.abort(reason);
    this.#open.clear();
  }

  async #settledOrLate(limitMs: number | undefined): Promise<void> {
    const settled = new Promise<void>((resolve, reject) => {
      this.#wait = { wake: resolve, fail: reject };
    });
    if (limitMs === undefined) return settled;
    const over = new AbortController();
    this.#options.clock.sleep(limitMs, over.signal).then(this.#wait.wake, this.#wait.wake);
    try {
      await settled;
    } finally {
      over.abort(SETTLED);
    }
  }

  async #make({ id, name, args }: CellCall): Promise<void> {
    const abort = new AbortController();
    this.#open.set(id, { name, abort });
    const { step, crossCharacters, maxErrorCharacters } = this.#options;
    let result: NamedResult;
    try {
      const value = await step.call({ id, name, args: argumentsOf(args), signal: abort.signal });
      result = { id, name, value: encode(value, { maxCharacters: crossCharacters }) };
    } catch (error) {
      result = { id, name, error: { name: 'Error', ...thrownWords(error, maxErrorCharacters) } }; // no more of it crosses
    }
    if (!this.#open.delete(id)) return; // the step is over
    this.#settled.push(result);
    this.#wait.wake();
  }
}

function argumentsOf(text: string): readonly unknown[] {
  const args = decode(text);
  if (!Array.isArray(args)) throw new TypeError('the arguments of this call cannot be read');
  return args;
}

import type { Clock } from '../web/clock';
import type { CellCall } from './cell';
import { decode, encode } from './codec';
import type { StepHandle } from './executor';
import type { SettledCall } from './quickjs/guest/boot';
import { thrownWords } from './thrown';

export interface OpenCallsOptions {
  step: StepHandle;
  clock: Clock;
  /** Names of functions whose time does not count. */
  untimed: ReadonlySet<string>;
  crossCharacters: number;
  maxErrorCharacters: number;
}

export type NamedResult = SettledCall & { name: string };

/** The calls that a step waits for on the host. */
export class OpenCalls {
  readonly #options: OpenCallsOptions;
  readonly #open = new Map<string, { name: string; abort: AbortController }>();
  #settled: NamedResult[] = [];
  #wake: () => void = () => {};

  constructor(options: OpenCallsOptions) {
    this.#options = options;
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
  async next(limitMs: number, signal: AbortSignal): Promise<{ settled: readonly NamedResult[]; spentMs: number }> {
    signal.throwIfAborted();
    const { clock, untimed } = this.#options;
    const counts = this.names().some((name) => !untimed.has(name));
    const started = clock.now();
    if (this.#settled.length === 0) await this.#wait(counts ? limitMs : undefined, signal);
    const settled = this.#settled;
    this.#settled = [];
    return { settled, spentMs: counts ? clock.now() - started : 0 };
  }

  /** Nobody needs the results any more. */
  abort(reason: unknown): void {
    for (const { abort } of this.#open.values()) abort.abort(reason);
    this.#open.clear();
  }

  async #wait(limitMs: number | undefined, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over.signal });
    });
    const limit = limitMs === undefined ? [] : [this.#options.clock.sleep(limitMs, over.signal).catch(() => {})];
    try {
      await Promise.race([woken, aborted, ...limit]);
    } finally {
      over.abort();
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
    this.#wake();
  }
}

function argumentsOf(text: string): readonly unknown[] {
  const args = decode(text);
  if (!Array.isArray(args)) throw new TypeError('the arguments of this call cannot be read');
  return args;
}

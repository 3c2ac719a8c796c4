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

/** Why an alarm is turned off: a call has settled, or it is another time that counts. */
const AWAKE = 'awake';

export type NamedResult = SettledCall & { name: string };

/** The calls that a step waits for on the host. */
export class OpenCalls {
  readonly #options: OpenCallsOptions;
  readonly #open = new Map<string, { name: string; abort: AbortController; isHeld: boolean }>();
  #settled: NamedResult[] = [];
  #wait: { wake(isLate: boolean): void; fail(reason: unknown): void } = { wake: () => {}, fail: () => {} };
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
    const { clock, signal } = this.#options;
    let spentMs = 0;
    let isLate = false;
    do {
      signal.throwIfAborted();
      const counts = this.#counts();
      const started = clock.now();
      if (this.#settled.length === 0) isLate = await this.#awakeOrLate(counts ? limitMs - spentMs : undefined);
      if (counts) spentMs += clock.now() - started;
    } while (this.#settled.length === 0 && !isLate);
    const settled = this.#settled;
    this.#settled = [];
    return { settled, spentMs };
  }

  /** Nobody needs the results any more. */
  abort(reason: unknown): void {
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    for (const { abort } of this.#open.values()) abort.abort(reason);
    this.#open.clear();
  }

  /** Whether a call is open whose time counts. */
  #counts(): boolean {
    return [...this.#open.values()].some(({ name, isHeld }) => !isHeld && !this.#options.untimed.has(name));
  }

  /** Waits until a call has settled, or another time counts; true when `limitMs` is over first. */
  async #awakeOrLate(limitMs: number | undefined): Promise<boolean> {
    const awake = new Promise<boolean>((resolve, reject) => {
      this.#wait = { wake: resolve, fail: reject };
    });
    if (limitMs === undefined) return awake;
    const { wake } = this.#wait;
    const over = new AbortController();
    const late = () => wake(true);
    this.#options.clock.sleep(Math.max(0, limitMs), over.signal).then(late, late);
    try {
      return await awake;
    } finally {
      over.abort(AWAKE);
    }
  }

  async #make({ id, name, args }: CellCall): Promise<void> {
    const abort = new AbortController();
    const open = { name, abort, isHeld: false };
    this.#open.set(id, open);
    const setHeld = (isHeld: boolean) => {
      const counted = this.#counts();
      open.isHeld = isHeld;
      if (counted !== this.#counts()) this.#wait.wake(false);
    };
    const hold = () => {
      setHeld(true);
      return () => setHeld(false);
    };
    const { step, crossCharacters, maxErrorCharacters } = this.#options;
    let result: NamedResult;
    try {
      const value = await step.call({ id, name, args: argumentsOf(args), signal: abort.signal, hold });
      result = { id, name, value: encode(value, { maxCharacters: crossCharacters }) };
    } catch (error) {
      result = { id, name, error: { name: 'Error', ...thrownWords(error, maxErrorCharacters) } }; // no more of it crosses
    }
    if (!this.#open.delete(id)) return; // the step is over
    this.#settled.push(result);
    this.#wait.wake(false);
  }
}

function argumentsOf(text: string): readonly unknown[] {
  const args = decode(text);
  if (!Array.isArray(args)) throw new TypeError('the arguments of this call cannot be read');
  return args;
}

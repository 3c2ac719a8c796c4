import { type Cell, type CellHost, CellLostError, type CellState, type Slice, type SliceEnd } from './cell';
import { failure, outputOf, placeOf, stopped } from './code-output';
import { decode, encode } from './codec';
import type { CodeOutput, Sandbox, SandboxOptions, StepHandle } from './executor';
import { type NamedResult, OpenCalls } from './open-calls';
import { Printed } from './printed';
import { restoringHost } from './restoring-host';
import { rewrite } from './rewrite';
import { packState, type SavedState, type StepRecord, unpackState } from './saved-state';

/** A sandbox of any host: opens a cell, and judges what its guest does against time, limits and aborts. */
export async function guestSandbox(host: CellHost, options: SandboxOptions): Promise<Sandbox> {
  const saved = options.snapshot && unpackState(options.snapshot);
  const { signal, ...lasting } = options;
  const sandbox = new GuestSandbox(saved ? restoringHost(host, saved) : host, lasting, saved);
  const onAbort = () => sandbox.end(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await sandbox.ready();
    return sandbox;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** The step under way. */
interface Step {
  record: StepRecord;
  /** Names of calls that the guest asked for when it had nobody to wait for them any more. */
  unmade: readonly string[];
  printed: Printed;
  before: CellState;
  onPrint: (text: string) => void;
  onRest: (ids: readonly string[]) => void;
}

/** A thread ends by itself only where its memory does. */
const THREAD_DIED: SliceEnd = { type: 'fault', kind: 'out_of_memory', message: "the sandbox's thread has died" };

type Work = (cell: Cell, budgetMs: number) => Promise<Slice>;

class GuestSandbox implements Sandbox {
  readonly #host: CellHost;
  readonly #options: SandboxOptions;
  readonly #closing = new AbortController();
  #cell: Cell | undefined;
  /** Where the next cell starts: there when the last one was thrown away. */
  #from: CellState | undefined;
  #nextCall: number;
  /** A saved step that `resume` may go on with. */
  #saved: SavedState | undefined;
  #step: Step | undefined;
  #busy = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(host: CellHost, options: SandboxOptions, saved: SavedState | undefined) {
    this.#host = host;
    this.#options = options;
    this.#from = saved?.state;
    this.#saved = saved?.step && saved;
    this.#nextCall = saved?.nextCall ?? 1;
  }

  async ready(): Promise<void> {
    await this.#open();
  }

  run(code: string, handle: StepHandle): Promise<CodeOutput> {
    return this.#alone(handle, async () => {
      const { functions, modules, limits } = this.#options;
      const tools = functions.map(({ name }) => name);
      const prepared = await this.#held(() => rewrite(code, { functions: tools, modules: Object.keys(modules) }));
      handle.signal.throwIfAborted();
      if (!('code' in prepared)) return failure(prepared, code);
      const { code: script, reset, ...facts } = prepared;
      const { file } = handle;
      const prints = new Printed(limits.maxPrintCharacters).save();
      const record = { ...facts, file, code, spentMs: 0, unawaited: [], prints };
      return this.#play(handle, record, undefined, (cell, budgetMs) =>
        cell.start({ code: script, file, reset }, budgetMs),
      );
    });
  }

  resume(handle: StepHandle): Promise<CodeOutput> {
    return this.#alone(handle, async () => {
      const { step: record, before } = this.#saved ?? {};
      if (!record || !before)
        throw new Error('No step is under way in this sandbox: its snapshot was taken between steps.');
      return this.#play(handle, { ...record }, before, (cell) => cell.resume());
    });
  }

  async define(variables: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
    const taken = Object.keys(variables).find((name) => this.#options.functions.some((one) => one.name === name));
    if (taken !== undefined) throw new TypeError(`The variable ${taken} cannot be set: a tool has that name.`);
    const plain = Object.fromEntries(Object.entries(variables)); // not a Map or the like: names are wanted
    for (const [name, value] of Object.entries(plain)) {
      if (typeof value === 'function' || typeof value === 'symbol')
        throw new TypeError(`The variable ${name} cannot be set: a ${typeof value} cannot cross into the sandbox.`);
    }
    const text = encode(plain, { cycles: 'error', maxCharacters: this.#options.limits.crossCharacters });
    const kept = await this.#held(() => this.#inTurn(async () => (await this.#open()).define(text)));
    return [kept === '' ? [] : decode(kept)].flat().map(String);
  }

  snapshot(): Promise<Uint8Array> {
    return this.#held(() => this.#inTurn(() => this.#pack()));
  }

  async #pack(): Promise<Uint8Array> {
    const state = await (await this.#open()).state();
    const step = this.#step;
    const facts = { state, nextCall: this.#nextCall };
    if (step)
      return packState({ ...facts, step: { ...step.record, prints: step.printed.save() }, before: step.before });
    const saved = this.#saved; // opened in the middle of a step that nobody has gone on with yet
    return packState(saved?.step && saved.before ? { ...facts, step: saved.step, before: saved.before } : facts);
  }

  async fork(): Promise<Sandbox> {
    return guestSandbox(this.#host, { ...this.#options, snapshot: await this.snapshot() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end(new Error('The sandbox is closed.'));
  }

  end(reason: unknown): void {
    this.#closing.abort(reason);
    this.#cell?.close();
    this.#cell = undefined;
  }

  async #alone({ signal }: StepHandle, work: () => Promise<CodeOutput>): Promise<CodeOutput> {
    signal.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    if (this.#busy) throw new Error('A step is under way in this sandbox: one runs at a time.');
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }

  async #play(handle: StepHandle, record: StepRecord, before: CellState | undefined, first: Work): Promise<CodeOutput> {
    this.#saved = undefined;
    const { clock, limits, functions } = this.#options;
    const signal = AbortSignal.any([handle.signal, this.#closing.signal]);
    const untimed = new Set(functions.filter((one) => one.untimed).map(({ name }) => name));
    const calls = new OpenCalls({ step: handle, clock, signal, untimed, ...limits });
    const printed = new Printed(limits.maxPrintCharacters, record.prints);
    try {
      const from = before ?? (await this.#stateBefore());
      this.#step = {
        record,
        unmade: [],
        printed,
        before: from,
        onPrint: (text) => handle.onPrint?.(text),
        onRest: (ids) => handle.onRest?.(ids),
      };
      const end = await this.#turns(this.#step, calls, signal, first);
      if (end.type === 'timeout') return this.#timedOut(this.#step, end);
      const { output, undo } = outputOf(end, record, printed.text(), limits);
      if (undo) this.#restore(from);
      return this.#step.unmade.length > 0 ? { ...output, unmade: [...new Set(this.#step.unmade)] } : output;
    } catch (error) {
      if (this.#step) this.#restore(this.#step.before);
      throw error;
    } finally {
      this.#step = undefined;
      calls.abort(new DOMException('The step has ended without needing this call.', 'AbortError'));
    }
  }

  #stateBefore(): Promise<CellState> {
    return this.#held(() => this.#inTurn(async () => (await this.#open()).state()));
  }

  /** Work in real time: what is fetched on first use, what crosses to the guest's thread. */
  async #held<Result>(work: () => Promise<Result>): Promise<Result> {
    const release = this.#options.clock.hold?.();
    try {
      return await work();
    } finally {
      release?.();
    }
  }

  /** Runs the guest and waits for its calls by turns, until the step ends. */
  async #turns(step: Step, calls: OpenCalls, signal: AbortSignal, first: Work): Promise<SliceEnd> {
    const { clock, limits } = this.#options;
    let work = first;
    for (;;) {
      const release = clock.hold?.();
      try {
        const slice = await this.#slice(step, signal, work);
        if ('type' in slice) return slice;
        if (slice.end) {
          step.unmade = slice.calls.map(({ name }) => name);
          return slice.end;
        }
        calls.start(slice.calls);
        if (slice.settled) step.record.unawaited = [...new Set([...step.record.unawaited, ...calls.names()])];
      } finally {
        release?.();
      }
      step.onRest(calls.ids());
      const left = limits.timeoutMs - step.record.spentMs;
      const { settled, spentMs } = await calls.next(Math.max(0, left));
      step.record.spentMs += spentMs;
      tellUnawaited(step, settled);
      if (settled.length === 0 || step.record.spentMs > limits.timeoutMs) {
        return { type: 'timeout', waiting: step.record.unawaited.length === 0 };
      }
      work = (cell, budgetMs) => cell.settle(settled, budgetMs);
    }
  }

  /** One turn of the guest; an abort meanwhile ends the cell, since its thread does not listen while it runs. */
  #slice(step: Step, signal: AbortSignal, work: Work): Promise<Slice | SliceEnd> {
    return this.#inTurn(async () => {
      signal.throwIfAborted();
      const cell = await this.#open();
      const onAbort = () => cell.close();
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        const slice = await work(cell, this.#options.limits.timeoutMs - step.record.spentMs);
        step.record.spentMs += slice.spentMs;
        this.#nextCall = slice.nextCall;
        signal.throwIfAborted();
        return slice;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof CellLostError) || error.reason === 'closed') throw error;
        this.#nextCall += this.#options.limits.maxCalls; // the lost guest may have made some: ids are not used twice
        return error.reason === 'late' ? { type: 'timeout' } : THREAD_DIED;
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    });
  }

  #timedOut(step: Step, { waiting, fuel }: { waiting?: boolean; fuel?: boolean }): CodeOutput {
    this.#restore(step.before);
    const tooLong = `took longer than ${this.#options.limits.timeoutMs / 1000} seconds`;
    return stopped(step.record, step.printed.text(), {
      kind: 'timeout',
      name: 'TimeoutError',
      message: `the code ${fuel ? 'ran through too many loops and calls' : tooLong} and was stopped`,
      ...(waiting && placeOf(step.record, step.record.awaitLine)), // where running code was, the engine does not tell
    });
  }

  /** Throws the cell away; the next one starts from `state`. */
  #restore(state: CellState): void {
    this.#cell?.close();
    this.#cell = undefined;
    this.#from = state;
  }

  async #open(): Promise<Cell> {
    this.#closing.signal.throwIfAborted();
    if (this.#cell) return this.#cell;
    const { functions, limits, modules } = this.#options;
    const names = functions.map(({ name }) => name);
    const settings = { ...limits, functions: names, modules, nextCall: this.#nextCall };
    const signal = this.#closing.signal;
    const cell = await this.#host.open(settings, (text, skipped) => this.#print(text, skipped), this.#from, signal);
    if (this.#closing.signal.aborted) cell.close();
    this.#closing.signal.throwIfAborted();
    this.#cell = cell;
    this.#from = undefined;
    return cell;
  }

  #print(text: string, skipped: number): void {
    this.#step?.printed.add(text, skipped);
    if (skipped === 0) this.#step?.onPrint(text);
  }

  /** One request at a time: a snapshot waits until the guest has stopped running. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => {});
    return mine;
  }
}

/** The failure of a call that no code waits for would be heard by nobody. */
function tellUnawaited({ record, printed }: Step, settled: readonly NamedResult[]): void {
  for (const { name, error } of settled) {
    if (error && record.unawaited.includes(name))
      printed.add(`${name}, which was not awaited, failed: ${error.message}\n`);
  }
}

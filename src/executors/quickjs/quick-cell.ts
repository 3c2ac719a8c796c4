import type { Cell, CellCall, CellSettings, CellState, OnPrint, Slice, SliceEnd, StepCode } from '../cell';
import { type Engine, EngineFault, quickJsEngine } from './engine';
import type { SettledCall } from './guest/boot';
import type { Host } from './guest/ends';

export interface QuickCellOptions {
  module: WebAssembly.Module;
  /** Polls of the interrupt in one slice: for runtimes whose clock stands still while code runs. */
  maxPolls: number;
  settings: CellSettings;
  onPrint: OnPrint;
  state?: CellState;
}

/** Time that code still queued after an answer may take to be thrown away, in milliseconds, and how many of its jobs. */
const DRAIN_MS = 50;
const DRAIN_JOBS = 10_000; // for clocks that stand still

/** A cell in this thread. */
export async function quickCell(options: QuickCellOptions): Promise<Cell> {
  const desk = new Desk(options);
  const { module, settings, state } = options;
  const engine = await quickJsEngine({
    module,
    memoryBytes: settings.memoryBytes,
    modules: settings.modules,
    settingsJson: JSON.stringify({ ...settings, modules: undefined }),
    host: desk.host,
    shouldStop: desk.shouldStop,
    ...(state && { state }),
  });
  if (state) engine.call('install', JSON.stringify(settings.functions));
  return new QuickCell(engine, desk);
}

class QuickCell implements Cell {
  readonly #engine: Engine;
  readonly #desk: Desk;

  constructor(engine: Engine, desk: Desk) {
    this.#engine = engine;
    this.#desk = desk;
  }

  async start({ code, file, reset }: StepCode, budgetMs: number): Promise<Slice> {
    this.#desk.beginStep();
    return this.#slice(budgetMs, () => this.#engine.run(code, file, JSON.stringify(reset)));
  }

  async resume(): Promise<Slice> {
    return { ...this.#desk.slice(0), calls: [...this.#desk.open.values()] };
  }

  async settle(results: readonly SettledCall[], budgetMs: number): Promise<Slice> {
    for (const { id } of results) this.#desk.open.delete(id);
    return this.#slice(budgetMs, () => this.#engine.call('settle', JSON.stringify(results)));
  }

  async define(encoded: string): Promise<string> {
    this.#desk.beginSlice(Number.POSITIVE_INFINITY); // no code of the model's runs
    return this.#engine.call('define', encoded);
  }

  async state(): Promise<CellState> {
    return { ...this.#engine.state(), ...this.#desk.state() };
  }

  close(): void {
    this.#engine.dispose();
  }

  #slice(budgetMs: number, work: () => void): Slice {
    const desk = this.#desk;
    const started = performance.now();
    desk.beginSlice(budgetMs);
    try {
      work();
      this.#engine.pump(() => desk.isOver());
    } catch (error) {
      if (!(error instanceof EngineFault)) throw error;
      desk.fault = error;
    }
    const slice = desk.slice(performance.now() - started);
    if (slice.end?.type === 'answer') this.#drain();
    if (slice.end && slice.end.type !== 'fault') this.#close();
    return slice;
  }

  /** Jobs that wait behind an answer are run with the interrupt on, so that none of them wakes up in a later step. */
  #drain(): void {
    const until = performance.now() + DRAIN_MS;
    let interrupted = 0;
    try {
      this.#engine.pump(() => performance.now() > until || interrupted++ > DRAIN_JOBS);
    } catch (error) {
      if (!(error instanceof EngineFault)) throw error;
    }
  }

  #close(): void {
    this.#desk.endStep();
    try {
      this.#engine.call('close', '');
    } catch (error) {
      if (!(error instanceof EngineFault)) throw error;
    }
  }
}

/** What the guest has asked for and said in the step under way, and when it must stop. */
class Desk {
  readonly open: Map<string, CellCall>;
  fault: EngineFault | undefined;
  readonly #maxPolls: number;
  readonly #settings: CellSettings;
  readonly #onPrint: OnPrint;
  #nextCall: number;
  #callsMade: number;
  #outcome: CellState['outcome'];
  #answer: { text: string; isList: boolean } | undefined;
  #active: boolean;
  #made: CellCall[] = [];
  #deadline = Number.POSITIVE_INFINITY; // the guest boots under no limit
  #polls = 0;
  #late = false;
  #unwinding = false;
  #told = 0;
  #held = '';
  #skipped = 0;

  constructor({ settings, maxPolls, onPrint, state }: QuickCellOptions) {
    this.#settings = settings;
    this.#maxPolls = maxPolls;
    this.#onPrint = onPrint;
    this.#nextCall = settings.nextCall;
    this.open = new Map(state?.open.map((call) => [call.id, call]));
    this.#callsMade = state?.callsMade ?? 0;
    this.#outcome = state?.outcome;
    this.#active = this.open.size > 0;
  }

  beginStep(): void {
    this.open.clear();
    this.#callsMade = 0;
    this.#outcome = undefined;
    this.#answer = undefined;
    this.#told = 0;
    this.#active = true;
  }

  endStep(): void {
    this.open.clear();
    this.#outcome = undefined;
    this.#answer = undefined;
    this.#active = false;
  }

  beginSlice(budgetMs: number): void {
    this.#deadline = performance.now() + budgetMs;
    this.#polls = 0;
    this.#late = false;
    this.#made = [];
    this.#unwinding = false;
  }

  readonly shouldStop = (): boolean => {
    if (this.#answer !== undefined) return true;
    if (this.#unwinding) {
      this.#unwinding = false;
      return true;
    }
    this.#polls++;
    this.#late ||= this.#polls > this.#maxPolls || performance.now() > this.#deadline;
    return this.#late;
  };

  /** Whether promise jobs need no more running; looked at between jobs that threw. */
  isOver(): boolean {
    this.#late ||= performance.now() > this.#deadline;
    return this.#late || this.#answer !== undefined;
  }

  readonly host: Host = (operation, first, second) => {
    if (!this.#active || this.#answer !== undefined) return '';
    if (operation === 'call') return this.#call(first, second);
    if (operation === 'print') this.#print(first);
    if (operation === 'answer') this.#answer = { text: first, isList: second !== '' };
    if (operation === 'unwind') this.#unwinding = true;
    if (operation === 'settled') this.#outcome ??= { type: 'value', text: first };
    if (operation === 'failed') this.#outcome ??= { type: 'error', text: first };
    return '';
  };

  #call(name: string, args: string): string {
    if (this.#callsMade >= this.#settings.maxCalls) return '';
    this.#callsMade++;
    const call = { id: `c${this.#nextCall++}`, name, args };
    this.open.set(call.id, call);
    this.#made.push(call);
    return call.id;
  }

  #print(text: string): void {
    const limit = this.#settings.maxPrintCharacters;
    const head = text.slice(0, Math.max(0, limit - this.#told));
    this.#told += head.length;
    if (head !== '') this.#onPrint(head, 0);
    this.#held += text.slice(head.length);
    if (this.#held.length <= limit * 2) return;
    this.#skipped += this.#held.length - limit;
    this.#held = this.#held.slice(-limit);
  }

  slice(spentMs: number): Slice {
    if (this.#held !== '') this.#onPrint(this.#held, this.#skipped);
    this.#held = '';
    this.#skipped = 0;
    const end = this.#end();
    const settled = this.#outcome?.type === 'value';
    return { spentMs, calls: this.#made, settled, nextCall: this.#nextCall, ...(end && { end }) };
  }

  #end(): SliceEnd | undefined {
    if (this.#answer !== undefined) return { type: 'answer', ...this.#answer };
    if (this.fault) return { type: 'fault', kind: this.fault.kind, message: this.fault.message };
    if (this.#late) return { type: 'timeout', ...(this.#polls > this.#maxPolls && { fuel: true }) };
    if (this.open.size > 0) return undefined;
    return this.#outcome ?? { type: 'deadlock' };
  }

  state(): Pick<CellState, 'open' | 'callsMade' | 'outcome'> {
    const open = [...this.open.values()];
    return { open, callsMade: this.#callsMade, ...(this.#outcome && { outcome: this.#outcome }) };
  }
}

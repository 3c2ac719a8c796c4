import type { SettledCall } from './quickjs/guest/boot';
import type { GuestSettings } from './quickjs/guest/ends';

/**
 * One engine with its guest, as the sandbox (`sandbox.ts`) drives it: each request runs guest code until nothing is left to run,
 * and is answered with what came of it. The same contract is met in this thread and, over messages, in another one.
 */
export interface Cell {
  start(step: StepCode, budgetMs: number): Promise<Slice>;
  /** What a cell opened from a state in the middle of a step waits for. */
  resume(): Promise<Slice>;
  settle(results: readonly SettledCall[], budgetMs: number): Promise<Slice>;
  /** Sets global variables: an encoded object. Gives an encoded list: see `Sandbox.define`. */
  define(encoded: string): Promise<string>;
  state(): Promise<CellState>;
  close(): void;
}

/** A place that makes cells. */
export interface CellHost {
  /** `onPrint` is told of printed text: up to the limit as it appears, the rest's tail at the end of each slice. Rejects with the signal's reason. */
  open(settings: CellSettings, onPrint: OnPrint, state: CellState | undefined, signal: AbortSignal): Promise<Cell>;
}

/** `skipped` characters were dropped just before `text`. */
export type OnPrint = (text: string, skipped: number) => void;

export interface CellSettings extends GuestSettings {
  memoryBytes: number;
  /** Module source by name. */
  modules: Readonly<Record<string, string>>;
  /** Calls have the ids `c1`, `c2`, ...: the number of the next one. It never goes back, also when the guest does. */
  nextCall: number;
}

export interface StepCode {
  code: string;
  file: string;
  /** Variables to set to undefined before. */
  reset: readonly string[];
}

/** What guest code did in one go. Without an `end` the step waits for calls. */
export interface Slice {
  spentMs: number;
  /** Calls made; of a resumed step, all that are open. */
  calls: readonly CellCall[];
  /** The code has come to its end, and only calls that it did not await are open. */
  settled: boolean;
  nextCall: number;
  end?: SliceEnd;
}

export interface CellCall {
  id: string;
  name: string;
  /** The encoded list of arguments. */
  args: string;
}

/** A timeout with `fuel` came of the count of polls, not of the clock. Texts are encoded values, of an answer with `isList` the list of several arguments; the empty text is no value, or an error that there was no memory to describe. */
export type SliceEnd =
  | { type: 'value' | 'error'; text: string }
  | { type: 'answer'; text: string; isList: boolean }
  | { type: 'deadlock' }
  | { type: 'timeout'; waiting?: boolean; fuel?: boolean }
  | { type: 'fault'; kind: 'stack_overflow' | 'out_of_memory'; message: string };

/** Everything a cell is. `memory` is the engine's; the rest is plain JSON. */
export interface CellState {
  memory: Uint8Array<ArrayBuffer>;
  /** Where the engine and the bridge find their things in it. */
  pointers: { stack: number; runtime: number; context: number; guest: number };
  open: readonly CellCall[];
  callsMade: number;
  outcome?: { type: 'value' | 'error'; text: string };
}

/** The thread of a cell was ended from outside, or died: the cell is gone, and its last state is what the host kept. */
export class CellLostError extends Error {
  override readonly name = 'CellLostError';
  /** `late`: it overran its budget and did not stop by itself. */
  readonly reason: 'late' | 'closed' | 'died';

  constructor(reason: 'late' | 'closed' | 'died', message: string) {
    super(message);
    this.reason = reason;
  }
}

import type { Clock } from '../web/clock';

/** A place to run the model's code. It is settings; every run opens a sandbox of its own. */
export interface Executor {
  /** A sandbox with nothing in it but the language and the functions given. Throws when the host cannot start. */
  open(options: SandboxOptions): Promise<Sandbox>;
}

export interface SandboxOptions {
  /** Names that the guest may call: each becomes an async function of the guest. */
  functions: readonly GuestFunction[];
  /** JavaScript module source by the name that `import` may use; any other import is refused. */
  modules: Readonly<Record<string, string>>;
  limits: SandboxLimits;
  /** The run's clock: waiting for calls is measured on it. Time in which guest code runs is always real. */
  clock: Clock;
  /** Ends the start of a sandbox that nobody waits for any more; what was being fetched for it is let go. */
  signal?: AbortSignal;
  /** Go on from what `Sandbox.snapshot()` gave, its open calls included (see `Sandbox.resume`). */
  snapshot?: Uint8Array;
}

export interface GuestFunction {
  name: string;
  /** True for managed agents and humans: time spent in a call does not count against the step's limit. */
  untimed: boolean;
}

/** What a sandbox may use, with the value that agents give where they are told no other. */
export interface SandboxLimits {
  /** Time of one step, running code and waiting for timed calls together, in milliseconds; 30,000. */
  timeoutMs: number;
  /** Memory of the guest's heap, in bytes; 32 MiB. */
  memoryBytes: number;
  /** Longest text of one value that crosses the bridge, in characters; 1 Mi. */
  crossCharacters: number;
  /** Calls of host functions in one step; 1,000. */
  maxCalls: number;
  /** Printed text kept of one step, in characters: head, notice, tail; 50,000. */
  maxPrintCharacters: number;
  /** Longest error message, in characters; 16,384. */
  maxErrorCharacters: number;
}

export const DEFAULT_LIMITS: SandboxLimits = {
  timeoutMs: 30_000,
  memoryBytes: 32 * 1024 * 1024,
  crossCharacters: 1024 * 1024,
  maxCalls: 1_000,
  maxPrintCharacters: 50_000,
  maxErrorCharacters: 16_384,
};

/** One interpreter whose variables live from step to step. One step at a time. */
export interface Sandbox extends AsyncDisposable {
  /** Runs one step of code. Resolves for everything the code can do; rejects only with the signal's reason. */
  run(code: string, step: StepHandle): Promise<CodeOutput>;
  /**
   * Goes on with the step that was under way when the snapshot was taken: its open calls are made anew through
   * `step.call`, with the ids they had. Resolves as `run` does.
   */
  resume(step: StepHandle): Promise<CodeOutput>;
  /** Sets global variables of the guest; values as tools may give them. Throws a `TypeError` for what cannot cross. */
  define(variables: Readonly<Record<string, unknown>>): Promise<void>;
  /** The whole state as bytes, also in the middle of a step that waits for calls. */
  snapshot(): Promise<Uint8Array>;
  /** A second sandbox that goes on from here on its own. */
  fork(): Promise<Sandbox>;
}

export interface StepHandle {
  /** Shown in the guest's error lines: `step_3.js`. */
  file: string;
  /** Aborts the step; the sandbox stays usable, with the variables it had before the step. */
  signal: AbortSignal;
  /** Makes one call of the guest on the host. Rejections reach the guest as an Error of the same name and message. */
  call(call: GuestCall): Promise<unknown>;
  /**
   * Told of the ids of all calls that the step waits for, each time its code has come to rest. Who knows that they will not
   * settle takes a snapshot then, and aborts. Hosts that do not tell cannot run tools that need a human's approval.
   */
  onRest?(ids: readonly string[]): void;
  /** Told of printed text as it appears, for people who watch; `CodeOutput.logs` has all that is kept. */
  onPrint?(text: string): void;
}

export interface GuestCall {
  /** Unique in the run; the same again when an open call is made anew after a restore. */
  id: string;
  name: string;
  args: readonly unknown[];
  /** Aborts when the step ends without needing the result: a time-out, an abort, a final answer. */
  signal: AbortSignal;
  /**
   * Says that the call waits for a human, or for its turn: its time does not count against the step's limit until the function
   * that is given back is called.
   */
  hold(): () => void;
}

/** What one step of code did. At most one of `answer` and `error` is there. */
export interface CodeOutput {
  /** Printed text: what `console.log` and `print` were given, cut to the limit. Kept also before an error. */
  logs: string;
  /** The value of the last expression; absent where there is none (a declaration, a loop). */
  value?: unknown;
  /** Whether the last statement printed, so that repeating its value says nothing. */
  printedLast: boolean;
  /** Given to `final_answer`, and final: no code ran after it. `args` are all its arguments where there were several. */
  answer?: { value: unknown; args?: readonly unknown[] };
  error?: CodeError;
  /** Names of functions that were called but not awaited; the step waited for them before it ended. */
  unawaited: readonly string[];
  /** Names of functions that were called but never begun: the code gave its answer right behind the call. */
  unmade?: readonly string[];
}

export interface CodeError {
  kind: 'error' | 'syntax' | 'timeout' | 'out_of_memory' | 'stack_overflow';
  /** The guest's error class, such as `TypeError`. */
  name: string;
  message: string;
  /** Line of the model's code, counted from 1, and that line's text, where known. */
  line?: number;
  source?: string;
  /** Variables that the model had set in this step and that are gone, since the step was stopped and undone. */
  lostVariables: readonly string[];
}

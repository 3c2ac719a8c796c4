/** What a row stands for, as OpenInference's span kinds and the names of the spans tell it. */
export type RowKind = 'agent' | 'step' | 'plan' | 'model' | 'tool' | 'code' | 'other';

/** `recovered`: it failed, and a step went well after it, or the run came to an answer. */
export type RowState = 'running' | 'done' | 'recovered' | 'failed';

/** Added up over a row, or over it and all below it. A model's tokens count once, where the model was asked. */
export interface Sums {
  inputTokens: number;
  outputTokens: number;
  /** In US dollars; absent where no price is known. */
  cost?: number;
  modelCalls: number;
  /** Those of them whose reply told no tokens; absent where there are none. Tokens and cost are at least what is told then. */
  uncountedCalls?: number;
  toolCalls: number;
  errors: number;
}

export interface RowError {
  /** Name of the error's class. */
  type?: string;
  message: string;
  stack?: string;
  /** Line of the model's code, from 1. */
  line?: number;
}

/** One message of a model call. */
export interface ShownMessage {
  role: string;
  text: string;
  /** `data:` addresses only. */
  images: readonly string[];
  toolCalls: readonly { name: string; arguments: unknown }[];
  /** False for the history that the model call before it, of the same agent, was given too. */
  isNew: boolean;
}

/** What was said and done in a row; a part that the row does not have is absent. */
export interface Said {
  /** What an agent was asked. */
  task?: string;
  thought?: string;
  code?: string;
  observations?: string;
  plan?: string;
  answer?: unknown;
  arguments?: unknown;
  result?: unknown;
  /** Whether the call waited for a human when last heard of. */
  isWaiting?: boolean;
}

/** How many of each a span was written without. */
export interface Dropped {
  attributes: number;
  events: number;
  links: number;
}

/** What the right pane shows of a row; messages, attributes and raw are read when they are asked for. */
export interface RowDetails extends Said {
  messages: readonly ShownMessage[];
  /** All attributes or fields as they came. */
  attributes: Readonly<Record<string, unknown>>;
  raw: unknown;
  /** Absent where nothing was. */
  dropped?: Dropped | undefined;
}

export interface Wait {
  fromMs: number;
  /** When the run went on; the same until it does. */
  toMs: number;
}

/** A span of the trace, or, while a run is live, what its events told of one. Times are milliseconds since the epoch. */
export interface TraceRow {
  readonly id: string;
  readonly traceId: string;
  readonly parent: TraceRow | undefined;
  /** In the order of their starts. */
  readonly children: readonly TraceRow[];
  readonly kind: RowKind;
  /** The span's own name. */
  readonly name: string;
  /** Name of the agent or tool, id of the model; else the span's name. */
  readonly subject: string;
  /** What happened, in a line: `web_search("US GDP") → 2 results`. */
  readonly label: string;
  /** Names of the agents from the outermost in. */
  readonly path: readonly string[];
  /** Number of the step it belongs to. */
  readonly step: number | undefined;
  readonly startMs: number;
  /** Absent while it runs, or where the file has no end. */
  readonly endMs: number | undefined;
  readonly state: RowState;
  /** When it waited for a human; absent where it did not. Milliseconds since the epoch. */
  readonly waits?: readonly Wait[] | undefined;
  /** Of a branch: done in the run before, and not again. */
  readonly isKept: boolean;
  /** Kept, and told otherwise to the model of the branch. */
  readonly isEdited: boolean;
  readonly error: RowError | undefined;
  /** The error's message without what the row tells itself; empty where there is none. */
  readonly reason: string;
  /** The step that went well again after this row failed: its own, a later one of its agent, or one of an agent above. */
  readonly recovery: TraceRow | undefined;
  readonly own: Sums;
  readonly below: Sums;
  /** Read when it is asked for: a trace of 10,000 spans is not taken apart beforehand. */
  details(): RowDetails;
  /** Everything of it that a search looks in. */
  texts(): Iterable<string>;
}

/** What an event does not tell of when it was, for a run that is told again: by then the clock on the wall shows another time. */
export interface EventTimes {
  /** When it happened, in milliseconds of any clock, the same for all events of the run; default now. */
  atMs?: number | undefined;
  /** Of a `step`: how long its model took, in milliseconds; default as `atMs` has it. */
  modelMs?: number | undefined;
}

/** US dollars for a million tokens, by model id. */
export type Prices = Readonly<Record<string, { input: number; output: number }>>;

export type Outcome = 'running' | 'answered' | 'failed' | 'stopped' | 'waiting';

/** One run or several, as the viewer shows them. */
export interface Trace {
  /** Runs, and spans whose parent was not received. */
  readonly roots: readonly TraceRow[];
  readonly rows: ReadonlyMap<string, TraceRow>;
  readonly task: string;
  readonly outcome: Outcome;
  /** Why it was stopped, or what its last state is called: `max_steps_error`, `budget`. */
  readonly stoppedBy: string | undefined;
  readonly answer: unknown;
  readonly startMs: number;
  readonly endMs: number;
  /** Rows with an error of their own, in the order of their starts; those that were recovered from as well. */
  readonly errors: readonly TraceRow[];
  /** What the file had wrong and how it is shown, a sentence each. */
  readonly repairs: readonly string[];
  /** The file it came from, for saving it, comparing it and going on with it. */
  readonly source: unknown;
}

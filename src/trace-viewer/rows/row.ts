import type { RowDetails, RowError, RowKind, RowState, Said, ShownMessage, Sums, TraceRow, Wait } from '../trace';
import { labelOf, reasonOf } from './labels';
import { droppedOf } from './span';
import { noSums } from './sums';

/** Where a row's contents come from; read when they are asked for. */
export interface RowSource {
  said(row: Row): Said;
  /** Of a model call: what it was given, then what it said. */
  messages(): Message[];
  attributes(): Readonly<Record<string, unknown>>;
  texts(): Iterable<string>;
  readonly raw: unknown;
}

export type Message = Omit<ShownMessage, 'isNew'> & { isReply?: boolean };

/** A row while the trace is put together. */
export class Row implements TraceRow {
  parent: Row | undefined;
  /** As the file names it; empty where there is none. */
  parentId = '';
  children: Row[] = [];
  path: readonly string[] = [];
  step: number | undefined;
  endMs: number | undefined;
  state: RowState = 'done';
  error: RowError | undefined;
  waits: Wait[] | undefined;
  /** Number of the walk up the tree that came by first, from 1. */
  walk = 0;
  /** Its error only tells that of a row below it, and is not counted. */
  repeats = false;
  isKept = false;
  isEdited = false;
  /** Of agents: it came to an answer, be it the last word. */
  answered = false;
  /** Of agents and steps: why the run ended before their end, as `RunState`. */
  stoppedBy: string | undefined;
  /** Of agents: its limit of steps, where known. */
  maxSteps: number | undefined;
  readonly own: Sums = noSums();
  readonly below: Sums = noSums();
  #label: string | undefined;

  constructor(
    public id: string,
    readonly traceId: string,
    public kind: RowKind,
    readonly name: string,
    public subject: string,
    public startMs: number,
    readonly source: RowSource,
  ) {}

  get label(): string {
    this.#label ??= labelOf(this, this.source.said(this));
    return this.#label;
  }

  get reason(): string {
    return this.error ? reasonOf(this.error.message, this) : '';
  }

  get recovery(): TraceRow | undefined {
    return recoveryOf(this);
  }

  /** What it tells has changed. */
  touch(): void {
    this.#label = undefined;
  }

  details(): RowDetails {
    const { source } = this;
    const messages = () => this.#messages();
    return {
      ...source.said(this),
      get messages() {
        return messages();
      },
      get attributes() {
        return source.attributes();
      },
      get raw() {
        return source.raw;
      },
      get dropped() {
        return droppedOf(source.raw);
      },
    };
  }

  texts(): Iterable<string> {
    const texts = this.source.texts();
    return this.error ? [this.error.message, ...texts] : texts;
  }

  #messages(): ShownMessage[] {
    const messages = this.source.messages();
    const before = messages.length
      ? previousCall(this)
          ?.source.messages()
          .filter(({ isReply }) => !isReply)
      : undefined;
    const known = messages.findIndex((each, index) => {
      const same = before?.[index];
      return each.isReply || same?.role !== each.role || same.text !== each.text;
    });
    return messages.map(({ isReply: _, ...each }, index) => ({ ...each, isNew: known >= 0 && index >= known }));
  }
}

/** The model call that the same agent made before this one, its plans included. */
function previousCall(row: Row): Row | undefined {
  const own = row.parent?.kind === 'step' ? row.parent : row;
  const siblings = own.parent?.children ?? [];
  for (let at = siblings.indexOf(own) - 1; at >= 0; at--) {
    const before = siblings[at];
    const call = before?.kind === 'step' ? before.children.findLast(isCall) : before;
    if (call && isCall(call)) return call;
  }
  return undefined;
}

function isCall({ kind }: Row): boolean {
  return kind === 'model' || kind === 'plan';
}

/** Below a run whose span was lost later runs may stand as well, which joined its trace. */
export function lastStepOf({ children }: Row): Row | undefined {
  return children.findLast(({ kind }) => kind === 'step');
}

/** The row itself where it is an agent, else the nearest one above. */
export function agentOf(row: Row | undefined): Row | undefined {
  let agent = row;
  while (agent && agent.kind !== 'agent') agent = agent.parent;
  return agent;
}

/** The step that went well again: the row's own where its code caught the error, else the next one, of its agent or of one above. */
export function recoveryOf(row: Row): Row | undefined {
  for (let at: Row | undefined = row; at; at = at.parent) {
    if (at.kind !== 'step') continue;
    const steps = at.parent?.children ?? [];
    const good = steps.slice(steps.indexOf(at)).find(wentWell);
    if (good) return good;
  }
  return undefined;
}

function wentWell({ kind, error, endMs, stoppedBy }: Row): boolean {
  return kind === 'step' && !error && endMs !== undefined && stoppedBy === undefined;
}

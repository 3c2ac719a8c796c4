import type { RowDetails, Said, Trace, TraceRow } from '../trace';
import { type Message, Row, type RowSource } from './row';
import { addSums } from './sums';

/** The run that another one is a branch of. */
export interface Origin {
  trace: Trace;
  /** The branch begins with this step; what came before it is kept. */
  step: number;
}

/**
 * Copies of the plans and steps before that step, and of all below them, parents first, with `isKept`. They stand below
 * `agent`, which takes over what they cost, and are moved in time so that they end where it begins.
 */
export function keptRows(origin: Origin, agent: Row): Row[] {
  const tops = stepsBefore(origin);
  const endMs = tops.reduce((last, row) => Math.max(last, row.endMs ?? row.startMs), Number.NEGATIVE_INFINITY);
  const byMs = agent.startMs - endMs;
  const copies: Row[] = [];
  const left: [TraceRow, Row][] = tops.toReversed().map((top) => [top, agent]);
  for (let next = left.pop(); next; next = left.pop()) {
    const [row, parent] = next;
    const copy = copyOf(row, parent, byMs);
    copies.push(copy);
    parent.children.push(copy);
    for (const child of row.children.toReversed()) left.push([child, copy]);
  }
  for (const top of tops) addSums(agent.below, top.below);
  agent.startMs = Math.min(agent.startMs, ...tops.map(({ startMs }) => startMs + byMs));
  return copies;
}

/** A run that waited and was gone on with is several runs here; a step that was told twice is that of the last. */
function stepsBefore({ trace, step }: Origin): TraceRow[] {
  const kept = new Map<string, TraceRow>();
  for (const root of trace.roots) {
    if (root.kind !== 'agent') continue;
    const end = root.children.findIndex((child) => child.kind === 'step' && (child.step ?? 0) >= step);
    const before = end < 0 ? root.children : root.children.slice(0, end);
    for (const row of before) kept.set(row.kind === 'step' ? `step ${row.step}` : row.id, row);
  }
  return [...kept.values()].sort((a, b) => a.startMs - b.startMs);
}

function copyOf(row: TraceRow, parent: Row, byMs: number): Row {
  const { id, kind, name, subject, startMs, endMs = startMs, error, own, below, path, step } = row;
  const copy = new Row(`kept ${id}`, parent.traceId, kind, name, subject, startMs + byMs, new KeptSource(row));
  Object.assign(copy.own, own);
  Object.assign(copy.below, below);
  return Object.assign(copy, {
    ...{ parent, path, step, error, endMs: endMs + byMs, state: row.state, isKept: true },
    repeats: error !== undefined && own.errors === 0,
    answered: kind === 'agent' && row.state === 'done',
  });
}

/** What another row holds. */
class KeptSource implements RowSource {
  readonly #row: TraceRow;

  constructor(row: TraceRow) {
    this.#row = row;
  }

  said(): Said {
    const { task, thought, code, observations, plan, answer, arguments: args, result } = this.#row.details();
    return withoutAbsent({ task, thought, code, observations, plan, answer, arguments: args, result });
  }

  messages(): Message[] {
    const { messages } = this.#row.details();
    const reply = messages.at(-1);
    return messages.map((message) => ({ ...message, isReply: message === reply && message.role === 'assistant' }));
  }

  attributes(): RowDetails['attributes'] {
    return this.#row.details().attributes;
  }

  texts(): Iterable<string> {
    return this.#row.texts();
  }

  get raw(): unknown {
    return this.#row.details().raw;
  }
}

function withoutAbsent(fields: { [key in keyof Said]: Said[key] | undefined }): Said {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

import { callIdOf, type RewindRequest } from '../rewind-place';
import type { RowDetails, Said, Trace, TraceRow } from '../trace';
import { textOf, thoughtAndCode } from './labels';
import { movedWaits } from './live-times';
import { type Message, Row, type RowSource } from './row';
import { addSums } from './sums';

/** What the model of a branch was told that it had said and seen, in place of what it did. */
type Words = NonNullable<RewindRequest['edits']['earlier']>[number];

/** The run that another one is a branch of. */
export interface Origin {
  trace: Trace;
  /** The branch begins with this step; what came before it is kept. */
  step: number;
  /** Of a branch inside managed agents: what these did before their steps is kept as well. */
  edits: RewindRequest['edits'];
}

/**
 * Copies of the plans and steps that the run of `agent` keeps, and of all below them, parents first, with `isKept`. They stand
 * below `agent`, which takes over what they cost, and are moved in time so that they end where it begins.
 */
export function keptRows(origin: Origin, agent: Row): Row[] {
  const before = originOf(agent, origin);
  const tops = stepsBefore(before);
  const endMs = tops.reduce((last, row) => Math.max(last, row.endMs ?? row.startMs), Number.NEGATIVE_INFINITY);
  const byMs = agent.startMs - endMs;
  const copies: Row[] = [];
  const left = tops.toReversed().map((row) => {
    const words = row.kind === 'step' ? before.earlier?.[row.step ?? 0] : undefined;
    return { row, parent: agent, words };
  });
  for (let next = left.pop(); next; next = left.pop()) {
    const { row, parent, words } = next;
    const copy = copyOf(row, parent, byMs, words);
    copies.push(copy);
    parent.children.push(copy);
    for (const child of row.children.toReversed())
      left.push({
        row: child,
        parent: copy,
        words: child.kind === 'model' && words?.said !== undefined ? { said: words.said } : undefined,
      });
  }
  const startMs = Math.min(agent.startMs, ...tops.map((top) => top.startMs + byMs));
  for (let at: Row | undefined = agent; at; at = at.parent) {
    for (const top of tops) addSums(at.below, top.below);
    at.startMs = Math.min(at.startMs, startMs);
  }
  return copies;
}

/** What an agent of the branch was in the run before, and the step from which on it does otherwise. */
interface Before {
  runs: readonly TraceRow[];
  step: number;
  earlier: RewindRequest['edits']['earlier'];
}

/** Of a managed agent its calls lead there; no runs where it is not one that goes on. */
function originOf(agent: Row, { trace, step, edits }: Origin): Before {
  const ids: (string | undefined)[] = [];
  for (let at: Row | undefined = agent; at?.parent; at = at.parent) if (at.kind === 'agent') ids.unshift(callIdOf(at));
  let before: Before = { runs: trace.roots.filter(({ kind }) => kind === 'agent'), step, earlier: edits.earlier };
  let inside = edits;
  for (const id of ids) {
    const next = id === undefined ? undefined : inside.managed?.[id];
    if (!next) return { runs: [], step: 0, earlier: undefined };
    before = { runs: calledIn(before).filter((row) => callIdOf(row) === id), step: next.step, earlier: next.earlier };
    inside = next;
  }
  return before;
}

/** The managed agents that a step called, be it by code. */
function calledIn({ runs, step }: Before): TraceRow[] {
  const found: TraceRow[] = [];
  const left = runs.flatMap(({ children }) => children.filter((row) => row.kind === 'step' && row.step === step));
  for (let row = left.pop(); row; row = left.pop()) {
    if (row.kind === 'agent') found.push(row);
    else left.push(...row.children);
  }
  return found;
}

/** A run that waited and was gone on with is several runs here; a step that was told twice is that of the last. */
function stepsBefore({ runs, step }: Before): TraceRow[] {
  const kept = new Map<string, TraceRow>();
  for (const run of runs) {
    const end = run.children.findIndex((child) => child.kind === 'step' && (child.step ?? 0) >= step);
    const before = end < 0 ? run.children : run.children.slice(0, end);
    for (const row of before) kept.set(row.kind === 'step' ? `step ${row.step}` : row.id, row);
  }
  return [...kept.values()].sort((a, b) => a.startMs - b.startMs);
}

function copyOf(row: TraceRow, parent: Row, byMs: number, words: Words | undefined): Row {
  const { id, kind, name, subject, startMs, endMs = startMs, error, own, below, path, step } = row;
  const copy = new Row(`kept ${id}`, parent.traceId, kind, name, subject, startMs + byMs, new KeptSource(row, words));
  Object.assign(copy.own, own);
  Object.assign(copy.below, below);
  return Object.assign(copy, {
    ...{
      parent,
      path,
      step,
      error,
      endMs: endMs + byMs,
      waits: movedWaits(row.waits, byMs),
      state: row.state,
      isKept: true,
    },
    isEdited: row.isEdited || words !== undefined,
    repeats: error !== undefined && own.errors === 0,
    answered: kind === 'agent' && row.state === 'done',
  });
}

/** What another row holds, but for the words in place of its own. */
class KeptSource implements RowSource {
  readonly #row: TraceRow;
  readonly #words: Words | undefined;

  constructor(row: TraceRow, words: Words | undefined) {
    this.#row = row;
    this.#words = words;
  }

  said(): Said {
    const { task, thought, code, observations, plan, answer, arguments: args, result } = this.#row.details();
    const { said, seen } = this.#words ?? {};
    return withoutAbsent({
      ...{ task, plan, answer, arguments: args },
      ...(said === undefined ? { thought, code } : thoughtAndCode(said)),
      ...(seen === undefined ? { observations, result } : { observations: seen }),
    });
  }

  messages(): Message[] {
    const { messages } = this.#row.details();
    const { said } = this.#words ?? {};
    return messages.map((message, index) => {
      const isReply = index === messages.length - 1 && message.role === 'assistant';
      return { ...message, isReply, ...(isReply && said !== undefined && { text: said }) };
    });
  }

  attributes(): RowDetails['attributes'] {
    return this.#row.details().attributes;
  }

  texts(): Iterable<string> {
    if (!this.#words) return this.#row.texts();
    return [...Object.values(this.said()).map((value) => textOf(value)), ...this.messages().map(({ text }) => text)];
  }

  get raw(): unknown {
    return this.#row.details().raw;
  }
}

function withoutAbsent(fields: { [key in keyof Said]: Said[key] | undefined }): Said {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

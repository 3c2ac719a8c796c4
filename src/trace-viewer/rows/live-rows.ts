import type { AgentEvent } from '../../agents/agent';
import type { Timing } from '../../memory/step';
import type { ToolCall } from '../../models/model';
import type { RowError, RowKind, Said, Sums, Trace } from '../trace';
import { EventSource } from './event-source';
import { keptRows, type Origin } from './kept-rows';
import { movedWaits } from './live-times';
import { readable } from './readable';
import { Row } from './row';
import { place, stateOf, tellsAgain } from './settle-rows';
import { addSums, noSums } from './sums';

export type EventRow = Row & { readonly source: EventSource };

/** The rows of a run under way. Each change costs no more than the rows that it touches and those above them. */
export class LiveRows {
  readonly all = new Map<string, Row>();
  readonly roots: Row[] = [];
  /** As `Trace.errors`. */
  readonly errors: Row[] = [];
  /** Since it was last replaced. */
  changed = new Set<Row>();
  readonly #own = new Map<string, EventRow>();
  readonly #failed = new Set<Row>();
  readonly #running = new Set<Row>();
  readonly #reopened = new Set<Row>();
  #goesOn: { as: string; first: string } | undefined;

  get(id: string): EventRow | undefined {
    return this.#own.get(id);
  }

  open(
    id: string,
    kind: RowKind,
    facts: { name: string; subject: string; traceId: string; atMs: number; parent?: Row | undefined },
  ): EventRow {
    const { name, subject, traceId, atMs, parent } = facts;
    const source = new EventSource();
    const row = Object.assign(new Row(id, traceId, kind, name, subject, atMs, source), {
      source,
      parent,
      state: 'running' as const,
    });
    (parent?.children ?? this.roots).push(row);
    place(row);
    this.all.set(id, row);
    this.#own.set(id, row);
    this.#running.add(row);
    if (kind === 'model' || kind === 'plan') this.spend(row, { modelCalls: 1 });
    if (kind === 'tool') this.spend(row, { toolCalls: 1 });
    this.#touch(row);
    return row;
  }

  /** What the row was opened for did not come: it was never there, nor what is below it. */
  takeBack(row: Row): void {
    for (const child of [...row.children]) this.takeBack(child);
    this.spend(row, { modelCalls: -row.own.modelCalls });
    const siblings = row.parent?.children ?? this.roots;
    siblings.splice(siblings.indexOf(row), 1);
    this.all.delete(row.id);
    this.#own.delete(row.id);
    this.#running.delete(row);
    this.changed.delete(row);
  }

  /**
   * The event, of the run that waited where it is of one that goes on with that after a human's word: both are one run. Its
   * open step is told again, but for what had ended before. `ownMs` is there where the event says itself when it was.
   */
  asFirst(
    event: AgentEvent,
    { outcome }: Pick<Trace, 'outcome'>,
    { atMs, ownMs }: { atMs: number; ownMs: number | undefined },
  ): AgentEvent {
    if (event.type === 'run-start' && ownMs !== undefined) this.#waitNoLonger(ownMs);
    const waiting = this.#own.get(this.roots.at(-1)?.id ?? '');
    if (event.type === 'run-start' && outcome === 'waiting' && waiting?.source.now.task === event.task) {
      this.#goesOn = { as: event.runId, first: waiting.id };
      this.#reopen(waiting, atMs);
    }
    return this.as(event);
  }

  /** The event as one of the run that waited, where it is of the one that goes on with that. */
  as(event: AgentEvent): AgentEvent {
    const { as, first } = this.#goesOn ?? { as: '', first: '' };
    if (!as || (event.runId !== as && !event.runId.startsWith(`${as}/`))) return event;
    return { ...event, runId: first + event.runId.slice(as.length) };
  }

  /** A call that a human was asked about begins when the run goes on, where its spans say so as well. */
  #waitNoLonger(atMs: number): void {
    for (const row of this.#own.values())
      if (row.kind === 'tool' && row.source.now.isWaiting && !row.source.hasResult) row.startMs = atMs;
  }

  /** Models are not asked again: what they said and when stays. */
  #reopen(run: EventRow, atMs: number): void {
    const below = [run];
    for (let row = below.pop(); row; row = below.pop()) {
      this.resume([row]);
      row.source.reply = '';
      const wait = row.waits?.at(-1);
      if (wait) wait.toMs = atMs;
      this.#reopened.add(row);
      const last = row.children.findLast(({ kind }) => kind === 'step') ?? row;
      for (const child of row.kind === 'agent' ? [last] : row.children) {
        const own = this.#own.get(child.id);
        if (own && own !== row && own.kind !== 'model' && !own.source.hasResult) below.push(own);
      }
    }
  }

  /** Puts the rows that a branch keeps below its run, which has just been opened. Gives what is to be said of them. */
  keep(origin: Origin, agent: Row): string | undefined {
    const kept = keptRows(origin, agent);
    for (const row of kept) {
      this.all.set(row.id, row);
      this.changed.add(row);
      if (row.error) this.#failed.add(row);
      if (row.own.errors > 0) this.errors.push(row);
    }
    this.#touch(agent);
    if (kept.length === 0) return undefined;
    return 'Kept steps are those of the run before, moved in time to where the branch begins.';
  }

  /** Puts all rows later by so much, which it gives back. */
  move(byMs: number): number {
    for (const row of this.all.values()) {
      row.startMs += byMs;
      if (row.endMs !== undefined) row.endMs += byMs;
      row.waits = movedWaits(row.waits, byMs);
    }
    return byMs;
  }

  /** What a model asked for, which its step tells once it has ended; code that runs makes calls of its own. */
  ask(step: EventRow, model: EventRow, { name, arguments: given }: ToolCall): void {
    if (step.source.now.code !== undefined || model.source.given !== undefined) return;
    const { arguments: asked } = model.source.now;
    const calls = [...(Array.isArray(asked) ? asked : []), { name, arguments: given }];
    for (const row of [model, step]) this.change(row, { arguments: calls });
  }

  /** Calls of a run that wait for a human, by their ids below it, say so until they have a result. */
  wait(run: Row, calls: readonly { callId: string }[], atMs: number): void {
    for (const { callId } of calls) {
      const row = this.#own.get(`${run.id}/${callId}`);
      if (!row) continue;
      row.waits = [...(row.waits ?? []), { fromMs: atMs, toMs: atMs }];
      this.change(row, { isWaiting: true });
      const step = this.#own.get(row.parent?.id ?? '');
      if (step) this.change(step, { isWaiting: true });
    }
  }

  /** Whether the row was under way when its run began to wait, and the run goes on with it. */
  isReopened(row: Row): boolean {
    return this.#reopened.has(row);
  }

  change(row: EventRow, said: Said): void {
    const now: Said = { ...row.source.now, ...said };
    for (const key of ['arguments', 'result', 'answer'] as const) if (key in said) now[key] = readable(said[key]);
    row.source.now = now;
    this.#touch(row);
  }

  /** Adds to what a row cost, and to those above it. */
  spend(row: Row, more: Partial<Sums>): void {
    const sums = { ...noSums(), ...more };
    addSums(row.own, sums);
    for (let at: Row | undefined = row; at; at = at.parent) {
      addSums(at.below, sums);
      this.changed.add(at);
    }
  }

  fail(row: Row, error: RowError): void {
    row.error = error;
    row.repeats = row.children.some((child) => tellsAgain(error, child));
    this.#failed.add(row);
    if (!row.repeats && row.own.errors === 0) {
      this.spend(row, { errors: 1 });
      this.errors.push(row);
      this.errors.sort((a, b) => a.startMs - b.startMs);
    }
    this.#touch(row);
  }

  end(row: Row, atMs: number): void {
    row.endMs = Math.max(atMs, row.startMs);
    row.state = stateOf(row);
    this.#running.delete(row);
    this.#touch(row);
  }

  /** The run ended before this step asked a model, or while it waited for a reply of which nothing is known: no step was made. */
  cutOff(row: Row, { startMs, endMs }: Timing): void {
    Object.assign(row, { kind: 'other', subject: 'Cut off', startMs });
    this.end(row, endMs);
  }

  /** Ends the row and all that runs below it, and gives these; of steps `stoppedBy` says why, where they were under way. */
  endAll(top: Row, atMs: number, stoppedBy?: string): readonly Row[] {
    const running = [...this.#running].filter((row) => isBelow(row, top));
    for (const row of running) {
      if (row.kind === 'step') row.stoppedBy ??= stoppedBy;
      this.end(row, atMs);
    }
    return running;
  }

  /** These rows have not ended. */
  resume(rows: readonly Row[]): void {
    for (const row of rows) {
      Object.assign(row, { endMs: undefined, state: 'running', stoppedBy: undefined });
      this.#running.add(row);
      this.#touch(row);
    }
  }

  answered(agent: Row): void {
    agent.answered = true;
    this.recover();
  }

  /** A step went well, or an agent came to an answer: what failed before did not keep it from that. */
  recover(): void {
    for (const row of this.#failed) {
      row.state = stateOf(row);
      if (row.state === 'failed') continue;
      this.#failed.delete(row);
      this.#touch(row);
    }
  }

  #touch(row: Row): void {
    row.touch();
    this.changed.add(row);
  }
}

function isBelow(row: Row, top: Row): boolean {
  let at: Row | undefined = row;
  while (at && at !== top) at = at.parent;
  return at === top;
}

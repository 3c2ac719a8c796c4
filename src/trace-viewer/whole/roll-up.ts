import { addSums, noSums } from '../rows/sums';
import type { Sums, Trace, TraceRow } from '../trace';

/** All rows of one agent, model or tool. */
export interface RollUpLine {
  name: string;
  calls: number;
  /** Milliseconds, what goes on at once counted each for itself. */
  durationMs: number;
  /** Of its own rows. Of an agent: without the agents that it manages. */
  own: Sums;
  /** With all below. */
  below: Sums;
  /** Tokens of its model calls in steps that failed. */
  wastedTokens: number;
}

/** What agents, models or tools cost, the dearest first. */
export function rollUp(
  { rows, endMs: nowMs }: Pick<Trace, 'rows' | 'endMs'>,
  by: 'agent' | 'model' | 'tool',
): RollUpLine[] {
  const lines = new Map<string, RollUpLine>();
  for (const row of rows.values()) {
    const subject = by === 'agent' ? agentOf(row) : groupOf(row) === by ? row : undefined;
    if (!subject) continue;
    const name = subject.subject;
    const line = lines.get(name) ?? { name, calls: 0, durationMs: 0, own: noSums(), below: noSums(), wastedTokens: 0 };
    lines.set(name, line);
    addSums(line.own, row.own);
    if (row.parent?.kind === 'step' && row.parent.error)
      line.wastedTokens += row.own.inputTokens + row.own.outputTokens;
    if (row !== subject) continue;
    line.calls += 1;
    line.durationMs += (row.endMs ?? (row.state === 'running' ? nowMs : row.startMs)) - row.startMs;
    if (!isBelowItself(row)) addSums(line.below, row.below);
  }
  const tokens = ({ own }: RollUpLine) => own.inputTokens + own.outputTokens;
  return [...lines.values()].sort((a, b) => tokens(b) - tokens(a) || b.durationMs - a.durationMs);
}

function groupOf({ kind }: TraceRow): 'model' | 'tool' | undefined {
  if (kind === 'model' || kind === 'plan') return 'model';
  return kind === 'tool' || kind === 'code' ? 'tool' : undefined;
}

function agentOf(row: TraceRow): TraceRow | undefined {
  let at: TraceRow | undefined = row;
  while (at && at.kind !== 'agent') at = at.parent;
  return at;
}

/** An agent that manages one of its own name is counted there once. */
function isBelowItself(row: TraceRow): boolean {
  for (let at = row.parent; at; at = at.parent) if (at.kind === row.kind && at.subject === row.subject) return true;
  return false;
}

import { ownSteps } from '../own-steps';
import { textOf } from '../rows/labels';
import { addSums, noSums } from '../rows/sums';
import type { RowDetails, Trace, TraceRow } from '../trace';
import { type Aligned, align } from './align';

/** Two rows that stand for the same work, or one that only one run did. */
export interface ComparedRows extends Aligned<TraceRow> {
  /** What it differs in; `only` where one side has no such row. */
  differs: readonly ('only' | Part)[];
}

export interface Comparison {
  /** In the order of the runs, agents before what is below them. */
  rows: readonly ComparedRows[];
  /** The first that differs. */
  first: ComparedRows | undefined;
  /** Right less left. */
  deltas: {
    durationMs: number;
    /** These are absent where a reply of either told no tokens. */
    inputTokens?: number;
    outputTokens?: number;
    cost?: number;
    steps: number;
    errors: number;
  };
}

export type Part = 'task' | 'thought' | 'code' | 'arguments' | 'result' | 'observations' | 'answer' | 'error';

/** What tells of a row, the cause before what came of it. */
const PARTS = [
  'task',
  'thought',
  'code',
  'arguments',
  'result',
  'observations',
  'answer',
] as const satisfies readonly (keyof RowDetails)[];

/** Two traces side by side, aligned by agent, kind and tool. Reads the details of every row: costs more than opening them. */
export function compareTraces(left: Trace, right: Trace): Comparison {
  const leftKeys = keysOf(left);
  const rightKeys = keysOf(right);
  const rows = align([...leftKeys.keys()], [...rightKeys.keys()], (a, b) => leftKeys.get(a) === rightKeys.get(b)).map(
    (pair): ComparedRows => ({ ...pair, differs: differences(pair) }),
  );
  const before = sumsOf(left);
  const after = sumsOf(right);
  const less = (key: 'durationMs' | 'inputTokens' | 'outputTokens' | 'steps' | 'errors') => after[key] - before[key];
  const isCounted = !before.uncountedCalls && !after.uncountedCalls;
  return {
    rows,
    first: rows.find(isCause) ?? rows.find(({ differs }) => differs.length > 0),
    deltas: {
      ...{ durationMs: less('durationMs'), steps: less('steps'), errors: less('errors') },
      ...(isCounted && { inputTokens: less('inputTokens'), outputTokens: less('outputTokens') }),
      ...(isCounted && before.cost !== undefined && after.cost !== undefined && { cost: after.cost - before.cost }),
    },
  };
}

/** Whether it differs by itself: what an agent came to is what the rows below it came to. */
function isCause({ left, right, differs }: ComparedRows): boolean {
  const isAgent = (left ?? right)?.kind === 'agent';
  return differs.some((part) => !isAgent || part === 'only' || part === 'task');
}

/** The lines of a part on both sides, aligned. */
export function compareTexts({ left, right }: Aligned<TraceRow>, part: Part): Aligned<string>[] {
  const lines = (row: TraceRow | undefined) => (row ? textIn(row.details(), row, part)?.split('\n') : undefined) ?? [];
  return align(lines(left), lines(right), (a, b) => a === b);
}

/** By row, what it must share with one of the other run to be compared with it. Rows in the order of the tree. */
function keysOf({ roots }: Trace): Map<TraceRow, string> {
  const keys = new Map<TraceRow, string>();
  const rows = [...roots].reverse();
  for (let row = rows.pop(); row; row = rows.pop()) {
    const tools =
      row.kind === 'step'
        ? toolsOf(row)
        : row.kind === 'model' && row.parent?.kind === 'step'
          ? toolsOf(row.parent)
          : '';
    keys.set(row, [row.kind, ownName(row) ?? tools, ...row.path].join('\n'));
    for (const child of row.children.toReversed()) rows.push(child);
  }
  return keys;
}

function ownName({ kind, subject }: TraceRow): string | undefined {
  return kind === 'tool' || kind === 'code' || kind === 'other' ? subject : undefined;
}

/** What a step called. One of code is compared with any other one of code. */
function toolsOf(step: TraceRow): string {
  return step.details().code === undefined
    ? step.children
        .map(({ kind, subject }) => (kind === 'model' ? '' : subject))
        .sort()
        .join()
    : 'code';
}

function differences({ left, right }: Aligned<TraceRow>): ComparedRows['differs'] {
  if (!left || !right) return ['only'];
  const before = left.details();
  const after = right.details();
  return [...PARTS, 'error' as const].filter((part) => textIn(before, left, part) !== textIn(after, right, part));
}

function textIn(details: RowDetails, { error }: TraceRow, part: Part): string | undefined {
  if (part === 'error') return error?.message;
  const value = details[part];
  return value === undefined ? undefined : textOf(sorted(value), 2);
}

const DEEPEST = 100; // values of a live run may be cycles

/** The order of keys says nothing. */
function sorted(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return '…';
  if (Array.isArray(value)) return value.map((each) => sorted(each, depth + 1));
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each, depth + 1)]));
}

function sumsOf({ roots, startMs, endMs, errors }: Trace) {
  const sums = noSums();
  for (const { below } of roots) addSums(sums, below);
  return { ...sums, durationMs: endMs - startMs, steps: ownSteps(roots), errors: errors.length };
}

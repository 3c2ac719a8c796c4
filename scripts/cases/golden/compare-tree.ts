import { type ActualSpan, actualTrees } from './actual-spans';
import { type Comparison, compareSpan } from './compare-span';
import type { GoldenFile, GoldenSpan } from './golden-file';
import type { Played } from './play';

/** What of the spans of a run is not as the file says: tree, order, and every span. */
export function compareSpans(played: Played, comparison: Comparison): string[] {
  const { roots, all } = actualTrees(played.spans);
  return [...compareShape(roots, all, comparison.file), ...new Trees(comparison).compare(roots, all)];
}

function compareShape(roots: readonly ActualSpan[], all: readonly ActualSpan[], file: GoldenFile): string[] {
  const problems: string[] = [];
  const traces = new Set(all.map(({ traceId }) => traceId)).size;
  if (traces !== 1) problems.push(`the run has ${traces} traces`);
  if (roots.length !== 1)
    problems.push(`the trace has ${roots.length} roots: ${roots.map(({ name }) => name).join(', ')}`);
  const count = (file.span_count ?? file.spans.length) + (file.lost_parents ?? 0);
  if (all.length !== count) problems.push(`the trace has ${all.length} spans, expected ${count}`);
  return problems;
}

class Trees {
  readonly #comparison: Comparison;
  readonly #childrenOf = new Map<string | null, GoldenSpan[]>();
  /** Our span of each expected one. */
  readonly #matched = new Map<GoldenSpan, ActualSpan>();

  constructor(comparison: Comparison) {
    this.#comparison = comparison;
    for (const span of comparison.file.spans) {
      const siblings = this.#childrenOf.get(span.parent) ?? [];
      siblings.push(span);
      this.#childrenOf.set(span.parent, siblings);
    }
  }

  compare(roots: readonly ActualSpan[], all: readonly ActualSpan[]): string[] {
    const { file } = this.#comparison;
    const lostNames = [...this.#childrenOf.keys()].filter(
      (id) => id !== null && !file.spans.some((span) => span.id === id),
    );
    const lost = this.#lostSpans(roots, all, lostNames.length);
    const problems =
      lost.length === lostNames.length ? [] : [`${lost.length} AGENT spans failed, expected ${lostNames.length}`];
    const isLost = new Set(lost);
    const drawn = (spans: readonly ActualSpan[]) => spans.filter((span) => !isLost.has(span));
    const walk = (expected: readonly GoldenSpan[], actual: readonly ActualSpan[], where: string): void => {
      const pairs = this.#align(expected, actual, where, problems);
      for (const [golden, ours] of pairs) {
        this.#matched.set(golden, ours);
        problems.push(...compareSpan(golden, ours, this.#comparison));
        walk(this.#childrenOf.get(golden.id) ?? [], drawn(ours.children), `${golden.id} ${golden.name}`);
      }
    };
    walk(this.#childrenOf.get(null) ?? [], drawn(roots), 'the root');
    for (const [index, id] of lostNames.entries()) {
      const ours = lost[index];
      if (ours) problems.push(...this.#compareLost(ours));
      if (ours) walk(this.#childrenOf.get(id) ?? [], drawn(ours.children), `${id} (${ours.name})`);
    }
    return [...problems, ...this.#compareEnds()];
  }

  /** AGENT spans that Python never exported: those that failed, in the order in which they began. */
  #lostSpans(roots: readonly ActualSpan[], all: readonly ActualSpan[], wanted: number): ActualSpan[] {
    if (wanted === 0) return [];
    const failed = all.filter(({ kind, status }) => kind === 'AGENT' && status.code === 'ERROR');
    const [expectedRoot] = this.#childrenOf.get(null) ?? [];
    return expectedRoot ? failed.filter((span) => !roots.includes(span)) : failed;
  }

  #compareLost({ name, events, status }: ActualSpan): string[] {
    const problems = name.endsWith('.run') ? [] : [`the span in place of a lost one is called ${name}`];
    if (!status.message) problems.push(`${name} failed without a message`);
    const exceptions = events.filter((event) => event.name === 'exception').length;
    if (exceptions !== 1) problems.push(`${name} has ${exceptions} exception events, expected 1`);
    return problems;
  }

  /** Pairs siblings in their order; inside a concurrent group by name, and where names are alike by what fits best. */
  #align(
    expected: readonly GoldenSpan[],
    actual: readonly ActualSpan[],
    where: string,
    problems: string[],
  ): [GoldenSpan, ActualSpan][] {
    const names = (spans: readonly { name: string; kind: string }[]) =>
      spans.map(({ name }) => name).join(', ') || 'nothing';
    if (expected.length !== actual.length) {
      problems.push(`below ${where} are ${names(actual)}; expected ${names(expected)}`);
      return [];
    }
    const pairs: [GoldenSpan, ActualSpan][] = [];
    for (let index = 0; index < expected.length; ) {
      let end = index + 1;
      while (expected[index]?.concurrent_with_siblings && expected[end]?.concurrent_with_siblings) end += 1;
      const left = actual.slice(index, end);
      for (const golden of expected.slice(index, end)) {
        const found = this.#best(golden, left);
        if (found) {
          left.splice(left.indexOf(found), 1);
          pairs.push([golden, found]);
        } else
          problems.push(`below ${where} is ${names(left)} in place of ${golden.id} ${golden.name} (${golden.kind})`);
      }
      index = end;
    }
    return pairs;
  }

  #best(golden: GoldenSpan, candidates: readonly ActualSpan[]): ActualSpan | undefined {
    const fitting = candidates.filter(({ name, kind }) => name === golden.name && kind === golden.kind);
    const [first] = fitting;
    if (fitting.length < 2) return first;
    const faults = new Map(fitting.map((span) => [span, compareSpan(golden, span, this.#comparison).length]));
    return fitting.reduce((best, span) => ((faults.get(span) ?? 0) < (faults.get(best) ?? 0) ? span : best));
  }

  #compareEnds(): string[] {
    const inOrder = [...this.#matched].sort(([, a], [, b]) => Number(a.endNanos - b.endNanos));
    const wanted = [...this.#matched.keys()].sort((a, b) => a.end_order - b.end_order);
    const index = inOrder.findIndex(([golden], place) => golden !== wanted[place]);
    if (index < 0) return [];
    return [`${inOrder[index]?.[0].id} ended as number ${index}, expected ${wanted[index]?.id}`];
  }
}

import type { SentSpan } from '../../scripts/cases/collector-faults/read-request';

/** The tree as lines of names, two blanks a depth, siblings in the order of their start. A span whose parent is not there is a root. */
export function nameTree(spans: readonly SentSpan[]): string[] {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const below = (parent: string | undefined, depth: number): string[] =>
    spans
      .filter(({ parentSpanId }) => (known.has(parentSpanId) ? parentSpanId : undefined) === parent)
      .toSorted((a, b) => Number(a.startTimeUnixNano - b.startTimeUnixNano))
      .flatMap(({ name, spanId }) => [`${'  '.repeat(depth)}${name}`, ...below(spanId, depth + 1)]);
  return below(undefined, 0);
}

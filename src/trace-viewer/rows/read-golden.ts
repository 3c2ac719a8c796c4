import { isRecord } from '../../web/record';
import { FlatSpan } from './flat-span';
import { isFailure, type Span } from './span';

/**
 * The spans of a golden trace (`golden/1`): depth first, in the order of their starts, with no times. A millisecond
 * stands for each start and each end; calls made at once begin together.
 */
export function readGolden(file: Readonly<Record<string, unknown>>, skipped: (what: unknown) => void): Span[] {
  const open: FlatSpan[] = [];
  const spans: Span[] = [];
  let tick = 0;
  let atOnce: FlatSpan | undefined;
  const endUntil = (parent: string) => {
    while (open.length && open.at(-1)?.id !== parent) {
      const ended = open.pop();
      if (ended) ended.endMs = ++tick;
    }
  };
  for (const raw of Array.isArray(file.spans) ? file.spans : []) {
    if (!isRecord(raw)) {
      skipped(raw);
      continue;
    }
    const { id, parent, name, status, concurrent_with_siblings: isConcurrent } = raw;
    const { code, message } = isRecord(status) ? status : {};
    const parentId = typeof parent === 'string' ? parent : '';
    endUntil(parentId);
    const startMs = isConcurrent && atOnce?.parentId === parentId ? atOnce.startMs : ++tick;
    const text = typeof message === 'string' ? message : '';
    const span = new FlatSpan(
      String(id),
      String(file.scenario ?? ''),
      parentId,
      String(name),
      startMs,
      Number.NaN,
      isFailure(code),
      text,
      raw,
    );
    atOnce = isConcurrent ? span : undefined;
    open.push(span);
    spans.push(span);
  }
  endUntil('');
  return spans;
}

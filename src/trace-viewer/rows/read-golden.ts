import { isRecord } from '../../web/record';
import { FlatSpan } from './flat-span';
import { isFailure, type Span } from './span';

/** A span that has begun, or the file itself. */
interface Open {
  span: FlatSpan | undefined;
  /** The last millisecond in which anything happened below it. */
  lastMs: number;
  /** Those of its children that are at work at once, at the moment. */
  atOnce: FlatSpan[];
}

/**
 * The spans of a golden trace (`golden/1`): depth first, in the order of their starts, with no times. A millisecond
 * stands for each start and each end; what is done at once begins together, and ends in the order that the file tells.
 */
export function readGolden(file: Readonly<Record<string, unknown>>, skipped: (what: unknown) => void): Span[] {
  const whole: Open = { span: undefined, lastMs: 0, atOnce: [] };
  const open: Open[] = [whole];
  const spans: Span[] = [];
  for (const raw of Array.isArray(file.spans) ? file.spans : []) {
    if (!isRecord(raw)) {
      skipped(raw);
      continue;
    }
    const { id, parent, name, status, concurrent_with_siblings: isConcurrent } = raw;
    const { code, message } = isRecord(status) ? status : {};
    const parentId = typeof parent === 'string' ? parent : '';
    const above = endUntil(parentId, open) ?? whole;
    if (!isConcurrent) endGroup(above);
    const startMs = above.atOnce[0]?.startMs ?? above.lastMs + 1;
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
    above.lastMs = Math.max(above.lastMs, startMs);
    if (isConcurrent) above.atOnce.push(span);
    open.push({ span, lastMs: startMs, atOnce: [] });
    spans.push(span);
  }
  endUntil('', open);
  endGroup(whole);
  return spans;
}

/** Ends what is open below that parent, or where it is not open all, and gives what is open then. */
function endUntil(parentId: string, open: Open[]): Open | undefined {
  for (let last = open.at(-1); last?.span && last.span.id !== parentId; last = open.at(-1)) {
    endGroup(last);
    last.span.endMs = last.lastMs + 1;
    open.pop();
    const above = open.at(-1);
    if (above) above.lastMs = Math.max(above.lastMs, last.span.endMs);
  }
  return open.at(-1);
}

function endGroup(above: Open): void {
  const rank = ({ raw }: FlatSpan) => (typeof raw.end_order === 'number' ? raw.end_order : 0);
  let lastMs = 0;
  for (const span of above.atOnce.sort((a, b) => rank(a) - rank(b))) {
    span.endMs = Math.max(span.endMs, lastMs + 1);
    lastMs = span.endMs;
  }
  above.atOnce = [];
  above.lastMs = Math.max(above.lastMs, lastMs);
}

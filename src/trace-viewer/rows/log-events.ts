import { isRecord } from '../../web/record';
import { untagged } from './untagged';

type Fields = Readonly<Record<string, unknown>>;

export function isLogEntry(value: unknown): value is Fields & { within: readonly unknown[] } {
  return isRecord(value) && typeof value.type === 'string' && Array.isArray(value.within);
}

/**
 * The events that a log tells of (`docs/forks-and-approvals.md`, "The log"), in its order. The answer is that of the last
 * step; snapshots are left out, and what is no entry is given as it is.
 */
export function eventsOfLog(log: readonly unknown[]): unknown[] {
  const paths = new Map<string, readonly string[]>();
  const entries = log.filter(isLogEntry);
  const begin: Fields = entries.find(({ type }) => type === 'begin') ?? {};
  const root = String(begin.runId ?? 'run');
  const { class: agentClass = 'agent' } = isRecord(begin.agent) ? begin.agent : {};
  paths.set(root, [String(agentClass)]);
  const last = entries.findLast(({ within }) => within.length === 0);
  const events = log.flatMap((each) => {
    if (!isLogEntry(each)) return [each];
    const { snapshot: _, ...entry } = each;
    const { within } = entry;
    const runId = [root, ...within].join('/');
    const path = paths.get(runId) ?? ['agent'];
    const { call } = entry;
    if (entry.type === 'call' && isRecord(call)) paths.set(`${runId}/${call.id}`, [...path, String(call.name)]);
    const about = { path, runId, step: entry.number };
    const plain = untagged(entry);
    return isRecord(plain) ? eventsOf(plain, within.length > 0).map((event) => ({ ...about, ...event })) : [];
  });
  const end = { type: 'run-end', state: 'waiting', path: paths.get(root), runId: root };
  return last?.type === 'waiting' ? [...events, end] : events; // such a run has no end in its log
}

function eventsOf(entry: Fields, isManaged: boolean): Fields[] {
  const { type, task, step, reply, call, calls, held, outcome, state, error } = entry;
  const { content, toolCalls } = isRecord(reply) ? reply : {};
  switch (type) {
    case 'begin':
      return isManaged ? [] : [{ type: 'run-start', task }];
    case 'plan':
      return [{ type, plan: step }];
    case 'reply': {
      const ran = listOf(calls).filter((each) => isRecord(each) && typeof each.arguments === 'string');
      const said = typeof content === 'string' ? content : Array.isArray(toolCalls) ? '' : undefined;
      return [{ type: 'text', text: said ?? '' }, ...ran.map((each) => ({ type: 'tool-call', call: each }))];
    }
    case 'call':
      return [{ type: 'tool-call', call }];
    case 'result':
      return [{ type: 'tool-result', call, result: resultOf(outcome) }];
    case 'step': {
      const isLast = isRecord(step) && 'finalAnswer' in step;
      return [{ type, step }, ...(isLast ? [{ type: 'final-answer', output: step.finalAnswer }] : [])];
    }
    case 'waiting': // calls of the run itself begin only when a human allows them
      return [...listOf(held).map((each) => ({ type: 'tool-call', call: each })), { type, calls }];
    case 'end':
      return isManaged ? [] : [{ type: 'run-end', state, error }];
    default:
      return [];
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function resultOf(outcome: unknown): Fields {
  const { output, error } = isRecord(outcome) ? outcome : {};
  if (!isRecord(error)) return { output, text: '' };
  return { text: '', error: { type: error.name ?? 'Error', message: String(error.message ?? '') } };
}

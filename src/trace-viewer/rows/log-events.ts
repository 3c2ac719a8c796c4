import { isRecord } from '../../web/record';
import { untagged } from './untagged';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The events that a log tells of (`docs/forks-and-approvals.md`, "The log"), in its order. The answer is that of the last
 * step; snapshots are left out.
 */
export function eventsOfLog(log: readonly unknown[]): Fields[] {
  const paths = new Map<string, readonly string[]>();
  const entries = log.filter(isRecord);
  const begin = entries.find(({ type }) => type === 'begin') ?? {};
  const root = String(begin.runId ?? 'run');
  const { class: agentClass = 'agent' } = isRecord(begin.agent) ? begin.agent : {};
  paths.set(root, [String(agentClass)]);
  return entries.flatMap(({ snapshot: _, ...entry }) => {
    const within = Array.isArray(entry.within) ? entry.within : [];
    const runId = [root, ...within].join('/');
    const path = paths.get(runId) ?? ['agent'];
    const { call } = entry;
    if (entry.type === 'call' && isRecord(call)) paths.set(`${runId}/${call.id}`, [...path, String(call.name)]);
    const about = { path, runId, step: entry.number };
    const plain = untagged(entry);
    return isRecord(plain) ? eventsOf(plain, within.length > 0).map((event) => ({ ...about, ...event })) : [];
  });
}

function eventsOf(entry: Fields, isManaged: boolean): Fields[] {
  const { type, task, step, reply, call, calls, outcome, state, error } = entry;
  const { content, toolCalls } = isRecord(reply) ? reply : {};
  switch (type) {
    case 'begin':
      return isManaged ? [] : [{ type: 'run-start', task }];
    case 'plan':
      return [{ type, plan: step }];
    case 'reply': {
      const ran = (Array.isArray(calls) ? calls : []).filter(
        (each) => isRecord(each) && typeof each.arguments === 'string',
      );
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
    case 'end':
      return isManaged ? [] : [{ type: 'run-end', state, error }];
    default:
      return [];
  }
}

function resultOf(outcome: unknown): Fields {
  const { output, error } = isRecord(outcome) ? outcome : {};
  if (!isRecord(error)) return { output, text: '' };
  return { text: '', error: { type: error.name ?? 'Error', message: String(error.message ?? '') } };
}

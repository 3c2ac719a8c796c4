import type { AgentEvent } from '../../agents/agent';
import { isRecord } from '../../web/record';

/** What the rows are made of, by type of event; `?` where it may be absent. Other fields may be anything. */
const FIELDS: Readonly<Record<AgentEvent['type'], readonly string[]>> = {
  'run-start': ['task string'],
  text: ['text string'],
  reasoning: ['text string'],
  retry: [],
  plan: ['plan.plan string', 'plan.timing.startMs number', 'plan.timing.endMs number', 'plan.usage? usage'],
  'tool-call': ['call.id string', 'call.name string'],
  'tool-result': ['call.id string', 'call.name string', 'result object', 'result.error? error'],
  'code-output': ['logs string', 'answer? object'],
  step: [
    ...[
      'step.number number',
      'step.text string',
      'step.toolCalls calls',
      'step.code? string',
      'step.observations? string',
    ],
    ...['step.timing.startMs number', 'step.timing.endMs number', 'step.usage? usage', 'step.error? error'],
  ],
  waiting: ['calls calls'],
  'final-answer': [],
  'run-end': ['state string', 'error? error'],
};

/** Whether a value of a file or a stream is an event whose rows can be shown. */
export function isEvent(value: unknown): value is AgentEvent {
  if (!isRecord(value)) return false;
  const { type, runId, path, step = 0 } = value;
  const isNamed = typeof runId === 'string' && Array.isArray(path) && path.every((name) => typeof name === 'string');
  if (!isNamed || typeof type !== 'string' || !Object.hasOwn(FIELDS, type)) return false;
  return (
    (type === 'step' || Number.isFinite(step)) &&
    FIELDS[type as AgentEvent['type']].every((field) => fits(value, field))
  );
}

function fits(value: unknown, field: string): boolean {
  const [place = '', type] = field.split(' ');
  let at: unknown = value;
  for (const key of place.replace('?', '').split('.')) at = isRecord(at) ? at[key] : undefined;
  if (at === undefined) return place.includes('?');
  if (type === 'calls') return Array.isArray(at) && at.every((call) => isRecord(call) && typeof call.name === 'string');
  if (type === 'number') return Number.isFinite(at);
  if (type === 'object') return isRecord(at);
  if (type === 'error') return isRecord(at) && typeof at.message === 'string';
  if (type === 'usage') return isRecord(at) && Number.isFinite(at.inputTokens) && Number.isFinite(at.outputTokens);
  return typeof at === type;
}

import { AgentError } from '../../errors';
import { decode } from '../../executors/codec';
import { errorShape, stepShape, toolCallShape } from '../../memory/schema';
import { anything, count, list, number, oneOf, record, type Shape, text, variant } from '../../memory/shape';
import { isRecord } from '../../web/record';
import type { AgentEvent } from '../agent';

/** An object that has these keys; a newer worker may tell more. */
const has =
  (needed: Readonly<Record<string, Shape>>, optional: Readonly<Record<string, Shape>> = {}): Shape =>
  (value, place) => {
    record(anything)(value, place);
    if (!isRecord(value)) return;
    for (const [key, shape] of Object.entries(needed)) shape(value[key], `${place}.${key}`);
    for (const [key, shape] of Object.entries(optional))
      if (value[key] !== undefined) shape(value[key], `${place}.${key}`);
  };

const about = { path: list(text), runId: text };
const step = { step: count };
const call = { ...about, call: toolCallShape };
const waitingCall = has({ callId: text, name: text, path: list(text), kind: oneOf('approval', 'input') });
const states = oneOf('success', 'max_steps_error', 'error', 'interrupted', 'budget', 'waiting');
const event = variant('type', {
  step: has({ ...about, step: stepShape }),
  'run-start': has({ ...about, task: text }),
  plan: has({ ...about, plan: stepShape }, step),
  text: has({ ...about, text }, step),
  reasoning: has({ ...about, text }, step),
  retry: has({ ...about, attempt: count, reason: text, delayMs: number }, step),
  'tool-call': has(call, step),
  'tool-result': has({ ...call, result: has({ id: text, text }, { error: errorShape }) }, step),
  'code-output': has({ ...about, logs: text }, { ...step, answer: record(anything), error: errorShape }),
  waiting: has({ ...about, calls: list(waitingCall) }, step),
  'final-answer': has(about, step),
  'run-end': has({ ...about, state: states }, { error: errorShape }),
});

/** The event in the data of a worker's stream. Throws an `AgentError` (`bad_response`) for anything else. */
export function remoteEvent(data: string): AgentEvent {
  try {
    const value = decode(data);
    event(value, 'event');
    return value as AgentEvent; // as far as it is looked at here
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AgentError(`told what is no event of an agent: ${why}`, { kind: 'bad_response', cause });
  }
}

import { isRecord } from '../../web/record';
import { promptFacts } from '../prompts/prompt-facts';
import { fullTask } from '../runs/run-order';
import type { AgentSettings } from '../settings';
import type { LogEntry } from './log-entry';
import { entryFromJson } from './log-json';
import { shapeOf } from './run-shape';

type Fields = Readonly<Record<string, unknown>>;

/** A file of kind `run/1` that tells what happened by its events, and has no log: a recording, or what a viewer saved. */
export interface RecordedRun extends Fields {
  readonly events: readonly unknown[];
}

export function isRecorded(saved: unknown): saved is RecordedRun {
  return isRecord(saved) && saved.kind === 'run/1' && saved.log === undefined && Array.isArray(saved.events);
}

/**
 * The log that the recorded run would have left, without snapshots and without the runs of managed agents, whose calls have
 * their results. Events do not tell the system prompt: it is that of the agent that goes on. Throws an
 * `AgentConfigurationError` that names the first place that does not fit.
 */
export function recordedLog(file: RecordedRun, settings: AgentSettings): LogEntry[] {
  const events = file.events
    .filter((event) => isRecord(event))
    .filter(({ path }) => Array.isArray(path) && path.length === 1);
  const facts: Fields[] = [];
  let calls: Fields[] = [];
  let number = 1;
  for (const { type, step, plan, call, result, state, error } of events) {
    if (type === 'plan') facts.push({ type, number, step: plan });
    else if (type === 'tool-result' && isRecord(result)) calls.push({ call, outcome: outcomeOf(result) });
    else if (type === 'step' && isRecord(step)) {
      facts.push(...stepFacts(step, calls));
      number = Number(step.number) + 1;
      calls = [];
    } else if (type === 'run-end') facts.push({ type: 'end', state, ...(error !== undefined && { error }) });
  }
  return [beginning(file, events[0]?.runId, settings), ...facts].map((fact, index) =>
    entryFromJson({ within: [], ...fact }, `run.events, entry ${index} of its log`),
  );
}

function beginning(file: RecordedRun, runId: unknown, settings: AgentSettings): Fields {
  const { options, task } = file;
  const { additionalArgs, images, maxSteps }: Fields = isRecord(options) ? options : {};
  const state = isRecord(additionalArgs) ? additionalArgs : undefined;
  const asked = { task: String(task), additionalArgs: state, from: undefined };
  const pictures =
    Array.isArray(images) && images.length > 0 ? images.map((url) => ({ type: 'image', url })) : undefined;
  const { class: agentClass } = isRecord(file.settings) ? file.settings : {};
  return {
    ...{ type: 'begin', runId, task, ...(maxSteps !== undefined && { maxSteps }) },
    agent: { ...shapeOf(settings), ...(agentClass !== undefined && { class: agentClass }) },
    memory: {
      systemPrompt: settings.prompts.systemPrompt(promptFacts(settings)),
      steps: [{ type: 'task', task: fullTask(settings, asked), ...(pictures && { images: pictures }) }],
    },
    ...{ state: state ?? {}, newNames: Object.keys(state ?? {}), ...(state && { additionalArgs: state }) },
  };
}

/** A model that failed gave no reply; calls were answered before their step ended. */
function stepFacts(step: Fields, calls: readonly Fields[]): Fields[] {
  const { number, text, code, toolCalls, error } = step;
  const { inputMessages: _, ...kept } = step;
  const last = { type: 'step', number, step: kept, ...(code !== undefined && { snapshot: 'lost' }) };
  if (isRecord(error) && (error.code === 'generation' || error.code === 'max_steps')) return [last];
  return [
    {
      type: 'reply',
      number,
      reply: { content: text, toolCalls: code === undefined ? toolCalls : [] },
      calls: toolCalls,
    },
    ...calls.flatMap((made) => [
      { type: 'call', number, call: made.call },
      { type: 'result', number, ...made },
    ]),
    last,
  ];
}

function outcomeOf({ output, text, error }: Fields): Fields {
  if (!isRecord(error)) return { output: output === undefined ? text : output };
  const { type: name, message, code, kind } = error;
  return { error: { name, message, code, ...(kind !== undefined && { kind }) } };
}

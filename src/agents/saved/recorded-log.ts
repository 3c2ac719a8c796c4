import type { ToolCall } from '../../models/model';
import { isRecord } from '../../web/record';
import { promptFacts } from '../prompts/prompt-facts';
import { fullTask } from '../runs/run-order';
import type { AgentSettings } from '../settings';
import type { LogEntry, RecordedRun } from './log-entry';
import { entryFromJson } from './log-json';
import { shapeOf } from './run-shape';

type Fields = Readonly<Record<string, unknown>>;

export function isRecorded(saved: unknown): saved is RecordedRun {
  return isRecord(saved) && saved.kind === 'run/1' && saved.log === undefined && Array.isArray(saved.events);
}

/**
 * The log that the recorded run would have left, without snapshots and without the runs of managed agents, which `recordedCall`
 * gives; their calls have their results. Events do not tell the system prompt: it is that of the agent that goes on. Throws an
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

/** What a recording tells of the run that a managed agent's call was; undefined where it tells nothing. */
export function recordedCall({ events }: RecordedRun, call: ToolCall): RecordedRun | undefined {
  const ofRun = events.filter(isRecord);
  const runId = `${ofRun[0]?.runId}/${call.id}`;
  const told = ofRun.filter((event) => event.runId === runId || String(event.runId).startsWith(`${runId}/`));
  if (told.length === 0) return undefined;
  const given: Fields = isRecord(call.arguments) ? call.arguments : {};
  return {
    ...{ kind: 'run/1', task: String(given.task), options: { additionalArgs: given.additional_args } },
    events: told.map((event) => ({ ...event, path: Array.isArray(event.path) ? event.path.slice(1) : [] })),
  };
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

import { AgentConfigurationError } from '../../errors';
import { fromJson, type Json, toJson } from '../../executors/codec';
import { thrownWords } from '../../executors/thrown';
import { Memory } from '../../memory/memory';
import { codeShape, errorShape, kindShape, stepShape, toolCallShape, usageShape } from '../../memory/schema';
import {
  anything,
  count,
  duration,
  flag,
  list,
  number,
  object,
  oneOf,
  record,
  type Shape,
  text,
  variant,
} from '../../memory/shape';
import type { MemoryStep } from '../../memory/step';
import { succinctStep } from '../../memory/succinct-step';
import { fromBase64, toBase64 } from '../../web/base64-text';
import { refuseSetting } from '../../web/options';
import { isRecord } from '../../web/record';
import type { LogRecord } from '../agent';
import { isRemoteRunId } from '../remote/remote-run-id';
import type { LogEntry, Snapshot } from './log-entry';

const LOST = 'lost';

const nothing: Shape = (value, place) => {
  if (value !== null) text(value, place);
};
const reply = object(
  { content: nothing, toolCalls: list(toolCallShape) },
  { reasoning: text, usage: usageShape, finishReason: text, id: text, model: text },
);
const waitingCall = object(
  { callId: text, name: text, arguments: record(anything), path: list(text), kind: oneOf('approval', 'input') },
  { question: text, written: record(anything) },
);
const failed = object({ message: text }, { name: text, code: codeShape, kind: kindShape });
const allowed = object({ allow: flag }, { arguments: record(anything) });
const refused = object({ refuse: text });
const answered = object({ answer: sayable });

/** What the codec would leave out. */
function sayable(value: unknown, place: string): void {
  if (typeof value === 'function' || typeof value === 'symbol')
    refuseSetting('The log', place, value, 'a value that can be saved');
}

/** What a human may say. Throws an `AgentConfigurationError` for anything else. */
export const answerShape: Shape = (value, place) => {
  const shape = !isRecord(value) || 'answer' in value ? answered : 'refuse' in value ? refused : allowed;
  shape(value, place);
  if (isRecord(value) && value.allow === false)
    throw new AgentConfigurationError(`${place}.allow is false, must be true; to refuse, give { refuse: 'why' }`);
};

/** What the parts may be is checked where a budget is taken. */
const budget = object({}, { tokens: number, steps: number, toolCalls: number, durationMs: number, cost: number });
const limits = { maxSteps: count, budget };
const estimate = { estimatedTokens: count };

const modelUsage = object({ modelId: text, usage: usageShape });

const editedShape = object({}, { text, observations: text, toolResults: list(record(anything)) });

const remoteRunId: Shape = (value, place) => {
  if (!isRemoteRunId(value)) refuseSetting('The log', place, value, 'the id of a run in a worker');
};

const within = { type: text, within: list(text) };
const ofStep = { ...within, number: count };
const entryShape = variant('type', {
  begin: object(
    {
      ...within,
      runId: text,
      agent: object({ class: text, tools: list(text), managedAgents: list(text) }),
      task: text,
      memory: object({ systemPrompt: text, steps: list(stepShape) }),
      state: record(anything),
      newNames: list(text),
    },
    { additionalArgs: record(anything), ...limits, snapshot: anything },
  ),
  plan: object({ ...ofStep, step: stepShape }, estimate),
  reply: object({ ...ofStep, reply, calls: list(toolCallShape) }, { edited: flag, ...estimate }),
  call: object({ ...ofStep, call: toolCallShape }),
  result: object(
    {
      ...ofStep,
      call: toolCallShape,
      outcome: (value, place) =>
        (isRecord(value) && 'error' in value ? object({ error: failed }) : object({ output: anything }))(value, place),
    },
    {
      managedUsage: usageShape,
      managedSpent: object({ steps: count, toolCalls: count }, { ...estimate, models: list(modelUsage) }),
      found: list(text),
    },
  ),
  waiting: object(
    { ...ofStep, calls: list(waitingCall), held: list(toolCallShape) },
    { elapsedMs: duration, snapshot: anything },
  ),
  answers: object({ ...within, answers: record(answerShape) }),
  limits: object(within, limits),
  step: object(
    { ...ofStep, step: stepShape },
    { edited: editedShape, added: record(anything), elapsedMs: duration, snapshot: anything, ...estimate },
  ),
  remote: object(within, { runId: remoteRunId, lastEvent: count }),
  end: object(
    { ...within, state: oneOf('success', 'max_steps_error', 'error', 'interrupted', 'budget', 'waiting') },
    { error: errorShape },
  ),
});

/** An entry as JSON values, with the bytes of a snapshot as they are. */
export async function entryToJson(entry: LogEntry): Promise<LogRecord> {
  const { snapshot, ...plain } = withSnapshot(entry);
  const bytes = snapshot === LOST ? LOST : snapshot && ((await snapshot) ?? LOST);
  const json = toJson(succinct(plain));
  if (!isRecord(json)) throw new TypeError('an entry of the log is no object'); // it always is
  return { ...json, type: entry.type, ...(bytes && { snapshot: bytes }) };
}

/** The same as JSON alone: bytes are base64. */
export async function entryToText(entry: LogEntry): Promise<Record<string, unknown>> {
  const { snapshot, ...json } = await entryToJson(entry);
  if (snapshot === undefined) return json;
  return { ...json, snapshot: typeof snapshot === 'string' ? snapshot : toBase64(snapshot) };
}

/** Reads what either of them wrote. Throws an `AgentConfigurationError` that names the first place that does not fit. */
export function entryFromJson(json: unknown, place: string): LogEntry {
  entryShape(json, place);
  const { snapshot, ...plain } = json as Record<string, unknown>;
  let value: unknown;
  try {
    value = fromJson(plain as Json);
  } catch (cause) {
    throw new AgentConfigurationError(`${place} holds a value that cannot be read: ${thrownWords(cause).message}`);
  }
  const bytes = snapshot === undefined ? undefined : snapshotOf(snapshot, `${place}.snapshot`);
  return { ...revived(value as SavedEntry, place), ...(bytes && { snapshot: bytes }) } as LogEntry;
}

type SavedEntry = { type: string; step?: MemoryStep; memory?: { systemPrompt: string; steps: MemoryStep[] } } & {
  state?: Record<string, unknown> | string;
};

/** What shapes cannot say, and the two parts that are no plain data. */
function revived(entry: SavedEntry, place: string): object {
  if (entry.type === 'begin') {
    const { memory = { systemPrompt: '', steps: [] }, state = {} } = entry;
    if (memory.steps.at(-1)?.type !== 'task')
      throw new AgentConfigurationError(`${place}.memory does not end with a task`);
    return {
      ...entry,
      memory: new Memory(memory.systemPrompt, memory.steps),
      state: new Map(Object.entries(state)),
    };
  }
  const kind = entry.type === 'plan' ? 'planning' : entry.type === 'step' ? 'action' : undefined;
  if (kind && entry.step?.type !== kind)
    throw new AgentConfigurationError(`${place}.step.type is "${entry.step?.type}", must be "${kind}"`);
  return entry;
}

function snapshotOf(json: unknown, place: string): Snapshot | typeof LOST {
  if (json === LOST) return LOST;
  if (json instanceof ArrayBuffer) return Promise.resolve(new Uint8Array(json));
  if (json instanceof Uint8Array) return Promise.resolve(new Uint8Array(json));
  const bytes = typeof json === 'string' && json !== '' ? fromBase64(json) : undefined;
  if (!bytes) throw new AgentConfigurationError(`${place} is no snapshot: base64 or bytes`);
  return Promise.resolve(bytes);
}

function withSnapshot(entry: LogEntry): LogEntry & { snapshot?: Snapshot | typeof LOST } {
  return entry;
}

/** Without the messages of each model call, which repeat the history, and without what is undefined. */
function succinct(entry: LogEntry): object {
  if (entry.type === 'begin') {
    const { systemPrompt } = entry.memory;
    return {
      ...entry,
      memory: { systemPrompt, steps: entry.memory.succinctSteps() },
      state: Object.fromEntries(entry.state),
    };
  }
  if (entry.type === 'reply') return { ...entry, reply: present(entry.reply) };
  if (entry.type !== 'step' && entry.type !== 'plan') return entry;
  return { ...entry, step: succinctStep(entry.step) };
}

function present(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined));
}

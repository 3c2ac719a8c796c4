import { AgentConfigurationError } from '../../errors';
import { Memory } from '../../memory/memory';
import type { ModelReply, ToolCall } from '../../models/model';
import { refuseSetting, refuseUnknownOptions } from '../../web/options';
import { isRecord } from '../../web/record';
import type { ForkEdits } from '../agent';
import { INTERPRETER } from '../code/code-step';
import type { Beginning, LogEntry, LogFact, ReplyFact, StepFact } from './log-entry';

const EDITS: readonly string[] = [
  'task',
  'earlier',
  'reply',
  'code',
  'results',
  'managed',
] satisfies (keyof ForkEdits)[];
const REPLY_PARTS: readonly string[] = ['content', 'toolCalls'];

/** What a fork needs to know of the agent that goes on. */
export interface ForkSettings {
  agentClass: string;
  /** The run's task with what is told with it. */
  fullTask(task: string, additionalArgs: Readonly<Record<string, unknown>> | undefined): string;
  /** The reply's text with other code in it. */
  withCode(content: string, before: string | undefined, code: string): string;
}

/**
 * The log of a branch: that of `entries` up to the step, and what is known of the step after the edits. Throws an
 * `AgentConfigurationError` for a step or a call that was not made, and for edits that do not go together.
 */
export function forkLog(
  entries: readonly LogEntry[],
  number: number,
  edits: ForkEdits,
  settings: ForkSettings,
): LogEntry[] {
  checkEdits(edits, settings.agentClass);
  const own = entries.filter(({ within }) => within.length === 0);
  const facts = own.filter((entry) => 'number' in entry && entry.number === number);
  if (facts.length === 0 && !isNext(own, number)) refuseStep(own, number);
  const steps = stepOfEach(entries);
  const before = entries.filter((entry, index) => {
    if (entry.within.length > 0) return (steps[index] ?? 0) < number;
    if (entry.type === 'plan' && entry.number === number) return !isPlannedAnew(edits);
    return 'number' in entry ? entry.number < number : entry.type === 'begin' || entry.type === 'limits';
  });
  const { task, earlier } = edits;
  const begun = before.map((entry): LogEntry => {
    if (entry.within.length > 0) return entry;
    if (entry.type === 'begin' && task !== undefined) return withTask(entry, task, settings);
    return entry.type === 'step' && earlier?.[entry.number] ? withWords(entry, earlier[entry.number]) : { ...entry };
  });
  const unknown = Object.keys(earlier ?? {}).find(
    (key) => !own.some((entry) => entry.type === 'step' && entry.number < number && String(entry.number) === key),
  );
  if (unknown !== undefined)
    throw new AgentConfigurationError(
      `${settings.agentClass}: fork: earlier: there was no step ${unknown} before ${number}`,
    );
  return [...begun, ...editedStep(facts, number, edits, settings).map((fact) => ({ within: [], ...fact }))];
}

/** Which step of the run itself each entry is of, those of managed agents as well; 0 of what was before the first. */
export function stepOfEach(entries: readonly LogEntry[]): number[] {
  let at = 0;
  return entries.map((entry) => {
    if (entry.within.length === 0 && 'number' in entry) at = entry.number;
    return at;
  });
}

/** A plan for another task is made anew, unless the step has begun by the edits. */
function isPlannedAnew(edits: ForkEdits): boolean {
  return edits.task !== undefined && editsOfStep(edits).length === 0;
}

/** Each says what the step does. */
function editsOfStep({ reply, code, results, managed }: ForkEdits): unknown[] {
  return [reply, code, results, managed].filter((edit) => edit !== undefined);
}

/** What is known of the step: nothing where nothing of it was edited. */
function editedStep(facts: readonly LogEntry[], number: number, edits: ForkEdits, settings: ForkSettings): LogFact[] {
  const { reply: newReply, code, results = {}, managed = {} } = edits;
  const replied = facts.find((entry) => entry.type === 'reply');
  if (editsOfStep(edits).length === 0) return [];
  if (newReply !== undefined) {
    return [{ type: 'reply', number, reply: replyOf(newReply), calls: [], edited: true }];
  }
  if (code !== undefined) return [withCode(replied?.type === 'reply' ? replied : undefined, number, code, settings)];
  if (replied?.type !== 'reply')
    throw new AgentConfigurationError(
      `${settings.agentClass}: fork: no reply came in this step, so there is nothing to edit`,
    );
  const { within: _, ...reply } = replied;
  const made = new Map<string, ToolCall>();
  for (const call of [...reply.calls, ...facts.flatMap(callsOf)]) made.set(call.id, call);
  const unknown = Object.keys({ ...results, ...managed }).find((id) => !made.has(id));
  if (unknown !== undefined)
    throw new AgentConfigurationError(
      `${settings.agentClass}: fork: there was no call ${JSON.stringify(unknown)} in this step; there were ${[...made.keys()].join(', ') || 'none'}`,
    );
  const known = [...made.values()].flatMap((call): LogFact[] =>
    Object.hasOwn(managed, call.id)
      ? [{ type: 'call', number, call }] // it had begun, and goes on
      : resultOf(call, number, facts, results),
  );
  return [{ ...reply, edited: true }, ...known];
}

function callsOf(entry: LogEntry): readonly ToolCall[] {
  if (entry.type === 'waiting') return entry.held;
  return entry.type === 'call' || entry.type === 'result' ? [entry.call] : [];
}

/** What a call gave, or is now said to have given; nothing of one without a result, which is made anew. */
function resultOf(
  call: ToolCall,
  number: number,
  facts: readonly LogEntry[],
  results: Readonly<Record<string, unknown>>,
): LogFact[] {
  if (Object.hasOwn(results, call.id)) return [{ type: 'result', number, call, outcome: { output: results[call.id] } }];
  if (call.name === 'final_answer') return []; // given anew: by other results it may be another one
  const found = facts.find((entry) => entry.type === 'result' && entry.call.id === call.id);
  if (found?.type !== 'result') return [];
  const { within: _, ...fact } = found;
  return [fact];
}

/** The reply with other code; one of nothing else where none came, or it had no code. */
function withCode(replied: ReplyFact | undefined, number: number, code: string, settings: ForkSettings): ReplyFact {
  if (settings.agentClass !== 'CodeAgent')
    throw new AgentConfigurationError(
      `${settings.agentClass}: fork: no code ran in this step, so \`code\` has no place`,
    );
  const [call] = replied?.calls ?? [];
  if (!replied || !call || typeof call.arguments !== 'string') {
    const content = settings.withCode('', undefined, code);
    const calls = [{ id: `call_${number}`, name: INTERPRETER, arguments: code }];
    return { type: 'reply', number, reply: { content, toolCalls: [] }, calls, edited: true };
  }
  const content = settings.withCode(replied.reply.content ?? '', call.arguments, code);
  return { ...replied, reply: { ...replied.reply, content }, calls: [{ ...call, arguments: code }], edited: true };
}

function withTask<Begin extends Beginning>(entry: Begin, task: string, { fullTask }: ForkSettings): Begin {
  const { systemPrompt, steps } = entry.memory;
  const last = steps.at(-1);
  const told = {
    ...(last?.type === 'task' ? last : { type: 'task' as const }),
    task: fullTask(task, entry.additionalArgs),
  };
  return { ...entry, task, memory: new Memory(systemPrompt, [...steps.slice(0, -1), told]) };
}

/** Of several results of one step the first tells the words, and the others nothing. */
function withWords<Step extends StepFact>(
  entry: Step,
  { said, seen }: NonNullable<ForkEdits['earlier']>[number] = {},
): Step {
  const toolResults = entry.step.toolResults?.map((result, index) => ({
    ...result,
    text: index === 0 ? (seen ?? '') : '',
  }));
  const edited = {
    ...(said !== undefined && { text: said }),
    ...(seen !== undefined && { observations: seen, ...(toolResults && { toolResults }) }),
  };
  return { ...entry, edited: { ...entry.edited, ...edited } };
}

function replyOf(edited: NonNullable<ForkEdits['reply']>): ModelReply {
  if (typeof edited === 'string') return { content: edited, toolCalls: [] };
  const { content = null, toolCalls = [] } = edited;
  return { content, toolCalls: toolCalls.map(({ id = '', name, arguments: args }) => ({ id, name, arguments: args })) };
}

function checkEdits(edits: ForkEdits, agentClass: string): void {
  const owner = `${agentClass}: fork`;
  refuseUnknownOptions(owner, edits, EDITS);
  const { task, reply, code, results, managed } = edits;
  if (task !== undefined && (typeof task !== 'string' || !task.trim()))
    refuseSetting(owner, 'task', task, 'a text that is not empty');
  if (code !== undefined && typeof code !== 'string') refuseSetting(owner, 'code', code, 'a text');
  if (results !== undefined && !isRecord(results))
    refuseSetting(owner, 'results', results, 'an object of results by call id');
  if (managed !== undefined && !(isRecord(managed) && Object.values(managed).every(isRecord)))
    refuseSetting(owner, 'managed', managed, 'an object of { step, ...edits } by call id');
  if (editsOfStep(edits).length > 1)
    throw new AgentConfigurationError(
      `${owner}: \`reply\`, \`code\`, \`results\` and \`managed\` each say what the step does; give one of them`,
    );
  if (edits.earlier !== undefined) checkEarlier(edits.earlier, owner);
  if (reply !== undefined && typeof reply !== 'string') checkReply(reply, owner);
}

function checkEarlier(earlier: unknown, owner: string): void {
  if (!isRecord(earlier)) refuseSetting(owner, 'earlier', earlier, 'an object of { said, seen } by number of a step');
  for (const [step, words] of Object.entries(earlier)) {
    if (!isRecord(words)) refuseSetting(owner, `earlier[${step}]`, words, 'an object of { said, seen }');
    refuseUnknownOptions(`${owner}: earlier[${step}]`, words, ['said', 'seen']);
    for (const [name, word] of Object.entries(words))
      if (typeof word !== 'string') refuseSetting(owner, `earlier[${step}].${name}`, word, 'a text');
  }
}

function checkReply(reply: unknown, owner: string): void {
  refuseUnknownOptions(`${owner}: reply`, reply, REPLY_PARTS);
  const { content, toolCalls } = reply as Record<string, unknown>;
  if (content !== undefined && content !== null && typeof content !== 'string')
    refuseSetting(owner, 'reply.content', content, 'a text or null');
  if (toolCalls === undefined) return;
  if (!Array.isArray(toolCalls)) refuseSetting(owner, 'reply.toolCalls', toolCalls, 'a list of calls');
  for (const [index, call] of toolCalls.entries()) {
    const fits =
      isRecord(call) && typeof call.name === 'string' && (call.id === undefined || typeof call.id === 'string');
    if (!fits) refuseSetting(owner, `reply.toolCalls[${index}]`, call, 'an object with name and arguments');
  }
}

/** Whether it is the step that a failed run did not come to. */
function isNext(own: readonly LogEntry[], number: number): boolean {
  const end = own.findLast((entry) => entry.type === 'end');
  const came = end?.type === 'end' && (end.state === 'success' || end.state === 'max_steps_error');
  return !came && number === 1 + own.filter((entry) => entry.type === 'step').length;
}

function refuseStep(own: readonly LogEntry[], number: number): never {
  const last = Math.max(0, ...own.map((entry) => ('number' in entry ? entry.number : 0)));
  throw new AgentConfigurationError(
    `fork: there was no step ${String(number)} in this run; ${last ? `its steps are 1 to ${last}` : 'it made none'}`,
  );
}

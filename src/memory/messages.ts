import type { ErrorCode } from '../errors';
import type { ChatMessage, ContentPart, ImagePart } from '../models/model';
import type { ErrorRecord, MemoryStep, PlanningStep, TaskStep } from './step';
import { type Manner, type ToldStep, type ToldSteps, toldOnce } from './told-steps';

/** Sentences that memory adds when it is told to a model; agents take them from their prompts. */
export interface MemoryWords {
  /** After a plan, so that the model goes on with it. */
  proceed: string;
  /** After an error, so that the model tries something else. */
  retry: string;
  /** How what came from tools, code and managed agents is shown; the place where it is marked as data. */
  observation(text: string): string;
}

export interface MessageOptions {
  /** Leaves out the system prompt, what the model said and the plans: for re-planning and for reports. */
  summaryMode?: boolean;
  words: MemoryWords;
  /** What was told of these steps before in the same run, to be used again. */
  toldSteps?: ToldSteps;
}

const CALLS_LABEL = 'Calling tools:';
const OBSERVATION_LABEL = 'Observation:';
/** Errors of these codes may quote a tool, a page or what code threw; the others are the SDK's own words. */
const QUOTING: ReadonlySet<ErrorCode> = new Set(['tool_call', 'tool_execution', 'execution']);

/** Tells steps to a model, in the order smolagents tells them. The system prompt comes first where one is given. */
export function writeMemoryToMessages(
  steps: readonly MemoryStep[],
  { summaryMode = false, words, toldSteps }: MessageOptions,
  systemPrompt?: string,
): ChatMessage[] {
  const manner = { summaryMode, words };
  const messages: ChatMessage[] = [];
  if (systemPrompt !== undefined && !summaryMode) messages.push({ role: 'system', content: systemPrompt });
  for (const step of steps) {
    const told =
      toldSteps && step.type === 'action'
        ? toldOnce(step, toldSteps, manner, actionMessages)
        : messagesOf(step, manner);
    for (const message of told) messages.push(message); // a spread would cost more
  }
  return messages;
}

/** How all steps are told. */
interface OwnManner extends Manner {
  words: MemoryWords;
}

function messagesOf(step: MemoryStep, manner: OwnManner): ChatMessage[] {
  if (step.type === 'task') return [taskMessage(step)];
  if (step.type === 'planning') return manner.summaryMode ? [] : planMessages(step, manner.words);
  return actionMessages(step, manner);
}

function taskMessage({ task, images }: TaskStep): ChatMessage {
  const text = `New task:\n${task}`;
  return { role: 'user', content: images?.length ? [{ type: 'text', text }, ...images] : text };
}

function planMessages({ plan }: PlanningStep, words: MemoryWords): ChatMessage[] {
  return [
    { role: 'assistant', content: plan },
    { role: 'user', content: words.proceed },
  ];
}

function actionMessages(step: ToldStep, { summaryMode, words }: OwnManner): ChatMessage[] {
  if (step.repeats !== undefined) return [withNotes(repetitionMessage(step.repeats), step)];
  const messages: ChatMessage[] = [];
  const said = step.text.trim();
  if (said && !summaryMode) messages.push({ role: 'assistant', content: said });
  if (step.toolCalls.length && (summaryMode || !callsAreInText(step))) messages.push(callsMessage(step));
  if (step.observationImages?.length) messages.push(imagesMessage(step.observationImages));
  const observation = observationMessage(step, words);
  if (observation) messages.push(observation);
  if (step.error) messages.push(errorMessage(step, step.error, words));
  const last = messages.at(-1);
  if (last && step.notes?.length) messages[messages.length - 1] = withNotes(last, step);
  return messages;
}

/** In place of a step that repeated an earlier one: a small model that reads its own words twice writes them again. */
function repetitionMessage(earlier: number): ChatMessage {
  return {
    role: 'tool-response',
    content: `${OBSERVATION_LABEL}\nNo new observation: that was step ${earlier} once more.`,
  };
}

/** Notes come last, where a small model looks. */
function withNotes(message: ChatMessage, { notes }: ToldStep): ChatMessage {
  if (!notes?.length || typeof message.content !== 'string') return message;
  const lines = notes.map((note) => `Note: ${note}`).join('\n');
  const toolResults = message.toolResults?.map((result) => ({ ...result, text: `${result.text}\n${lines}` }));
  return { ...message, content: `${message.content.trimEnd()}\n${lines}`, ...(toolResults && { toolResults }) };
}

function callsMessage({ toolCalls, code }: ToldStep): ChatMessage {
  const calls = toolCalls.map(({ id, name, arguments: args }) => ({
    id,
    type: 'function',
    function: { name, arguments: args },
  }));
  const content = `${CALLS_LABEL}\n${JSON.stringify(calls)}`;
  if (code !== undefined) return { role: 'tool-call', content }; // code is no tool of an endpoint's: it stays text
  return { role: 'tool-call', content, toolCalls };
}

/**
 * Whether the model wrote its calls as text, which stands in memory as it is. Told a second time in another form, small
 * models went on in that form and made the same call again.
 */
function callsAreInText({ text, toolCalls, code }: ToldStep): boolean {
  return code === undefined && text.includes('{') && toolCalls.every(({ name }) => text.includes(`"${name}"`));
}

function imagesMessage(images: readonly ImagePart[]): ChatMessage {
  return { role: 'user', content: images satisfies readonly ContentPart[] };
}

function observationMessage(step: ToldStep, words: MemoryWords): ChatMessage | undefined {
  if (step.observations === undefined) return undefined;
  const content = `${OBSERVATION_LABEL}\n${words.observation(step.observations)}`;
  const isNative = step.code === undefined && !callsAreInText(step);
  const results = isNative ? step.toolResults?.filter((result) => !result.error) : undefined;
  if (!results?.length) return { role: 'tool-response', content };
  const toolResults = results.map(({ id, text }) => ({ id, text: words.observation(text) }));
  return { role: 'tool-response', content, toolResults };
}

/** False for a step that was cut short from outside. */
function isOwnFault({ kind }: ErrorRecord): boolean {
  return kind !== 'aborted' && kind !== 'budget';
}

function errorMessage(step: ToldStep, error: ErrorRecord, words: MemoryWords): ChatMessage {
  const { toolCalls, toolResults, code } = step;
  const failed = toolResults?.filter((result) => result.error) ?? [];
  const ids = failed.length ? failed.map(({ id }) => id) : toolCalls.length === 1 ? toolCalls.map(({ id }) => id) : [];
  const lines = ids.map((id) => `Call id: ${id}\n`).join('');
  const message: ChatMessage = {
    role: 'tool-response',
    content: `${lines}Error:\n${shown(error.message, error, words)}\n${isOwnFault(error) ? `${words.retry}\n` : ''}`,
  };
  if (code === undefined && !callsAreInText(step) && failed.length) {
    message.toolResults = failed.map(({ id, text, error: own = error }) => ({
      id,
      text: `Error:\n${shown(text, own, words)}\n${words.retry}`,
    }));
  }
  return message;
}

function shown(text: string, error: ErrorRecord, words: MemoryWords): string {
  return QUOTING.has(error.code) || isRefusedAnswer(error) ? words.observation(text) : text;
}

/** What a check throws may quote the answer, and that a page; ends of a run are of the same code, and of a kind. */
function isRefusedAnswer({ code, kind }: ErrorRecord): boolean {
  return code === 'agent' && kind === undefined;
}

import type { ChatMessage, ToolCall } from '../models/model';
import type { MessageOptions } from './messages';
import type { ActionStep, ToolResult } from './step';

/** What a step was told as, and the step as it was then. */
interface Told extends MessageOptions {
  said: Said;
  messages: readonly ChatMessage[];
}

/** What a model may read of a step. */
type Said = Pick<
  ActionStep,
  'text' | 'code' | 'repeats' | 'observations' | 'error' | 'notes' | 'toolCalls' | 'toolResults' | 'observationImages'
>;

const lastTold = new WeakMap<ActionStep, Told>();

/**
 * What `tell` makes of a step, or made of it the last time where nothing that a model reads of the step has changed since:
 * a long run would else write its history anew for each model call, and keep every copy in `inputMessages`. A change deep
 * inside a call's arguments is not seen.
 */
export function toldOnce(
  step: ActionStep,
  { summaryMode = false, words }: MessageOptions,
  tell: () => readonly ChatMessage[],
): readonly ChatMessage[] {
  const before = lastTold.get(step);
  const isAlike =
    before?.summaryMode === summaryMode &&
    before.words.observation === words.observation &&
    before.words.retry === words.retry;
  if (isAlike && isUnchanged(before.said, step)) return before.messages;
  const messages = tell();
  lastTold.set(step, { summaryMode, words, said: copyOf(step), messages });
  return messages;
}

/** What a model may read of a step, two levels deep. */
function copyOf({ text, code, repeats, observations, error, notes, ...lists }: ActionStep): Said {
  return {
    text,
    code,
    repeats,
    observations,
    error: error && { ...error },
    notes: notes && [...notes],
    toolCalls: lists.toolCalls.map((call) => ({ ...call })),
    toolResults: lists.toolResults?.map((result) => ({ ...result })),
    observationImages: lists.observationImages && [...lists.observationImages],
  };
}

function isUnchanged(before: Said, now: ActionStep): boolean {
  return (
    before.text === now.text &&
    before.code === now.code &&
    before.repeats === now.repeats &&
    before.observations === now.observations &&
    before.error?.message === now.error?.message &&
    before.error?.kind === now.error?.kind &&
    isSameList(before.notes, now.notes, Object.is) &&
    isSameList(before.toolCalls, now.toolCalls, isSameCall) &&
    isSameList(before.toolResults, now.toolResults, isSameResult) &&
    isSameList(before.observationImages, now.observationImages, Object.is)
  );
}

function isSameCall(before: ToolCall, now: ToolCall): boolean {
  return before.id === now.id && before.name === now.name && before.arguments === now.arguments;
}

function isSameResult(before: ToolResult, now: ToolResult): boolean {
  return before.id === now.id && before.text === now.text && before.error === now.error;
}

function isSameList<Item>(
  before: readonly Item[] | undefined,
  now: readonly Item[] | undefined,
  isSame: (before: Item, now: Item) => boolean,
): boolean {
  if (!before || !now) return before === now;
  return before.length === now.length && before.every((item, index) => isSame(item, now[index] as Item));
}

import type { ChatMessage } from '../models/model';
import type { ActionStep } from './step';

/** What a model may read of a step: the messages are made of this alone, and `everyFact` shows all of it. */
export type ToldStep = Pick<
  ActionStep,
  'text' | 'code' | 'repeats' | 'observations' | 'error' | 'notes' | 'toolCalls' | 'toolResults' | 'observationImages'
>;

/** How a step is told, as far as that differs from call to call. */
export interface Manner {
  summaryMode: boolean;
  words: { readonly observation: (text: string) => string; readonly retry: string };
}

/** What a step was told as, and all that was told of it. */
export interface Told {
  manner: Manner;
  facts: readonly unknown[];
  messages: readonly ChatMessage[];
}

/** Steps as they were told last in one run. It must end with the run: in a `WeakMap` for all, each run would outlive it for long. */
export type ToldSteps = Map<ToldStep, Told>;

/**
 * What `tell` makes of a step, or made of it the last time where nothing that a model reads of the step has changed since:
 * a long run would else write its history anew for each model call, and keep every copy in `inputMessages`. A change deep
 * inside a call's arguments is not seen.
 */
export function toldOnce<OfCaller extends Manner>(
  step: ToldStep,
  toldSteps: ToldSteps,
  manner: OfCaller,
  tell: (step: ToldStep, manner: OfCaller) => readonly ChatMessage[],
): readonly ChatMessage[] {
  const before = toldSteps.get(step);
  if (before && isAlike(before.manner, manner) && isUnchanged(before.facts, step)) return before.messages;
  const facts: unknown[] = [];
  everyFact(step, (fact) => facts.push(fact) > 0);
  const messages = tell(step, manner);
  toldSteps.set(step, { manner, facts, messages });
  return messages;
}

function isAlike(one: Manner, other: Manner): boolean {
  if (one === other) return true;
  const { observation, retry } = one.words;
  return (
    one.summaryMode === other.summaryMode && observation === other.words.observation && retry === other.words.retry
  );
}

function isUnchanged(facts: readonly unknown[], step: ToldStep): boolean {
  let index = 0;
  return everyFact(step, (fact) => Object.is(facts[index++], fact));
}

/** Shows each fact of the step to `isGood` until that says no; the lengths of lists come before what is in them. */
function everyFact(step: ToldStep, isGood: (fact: unknown) => boolean): boolean {
  const { text, code, repeats, observations, error, toolCalls, toolResults, notes, observationImages } = step;
  return (
    isGood(text) &&
    isGood(code) &&
    isGood(repeats) &&
    isGood(observations) &&
    isGood(error?.message) &&
    isGood(error?.kind) &&
    isGood(error?.code) &&
    isGood(toolCalls.length) &&
    isGood(toolResults?.length) &&
    isGood(notes?.length) &&
    isGood(observationImages?.length) &&
    toolCalls.every((call) => isGood(call.id) && isGood(call.name) && isGood(call.arguments)) &&
    (toolResults?.every((result) => isGood(result.id) && isGood(result.text) && isGood(result.error?.code)) ?? true) &&
    (notes?.every((note) => isGood(note)) ?? true) &&
    (observationImages?.every((image) => isGood(image)) ?? true)
  );
}

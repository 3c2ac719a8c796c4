import type { ActionStep, MemoryStep, TokenUsage } from 'smolagents-web';
import { deepEquals, show } from '../../json';
import { CaseError } from '../../player';
import type { Pair } from '../case';
import type { Played } from '../play';

/** One key of an expectation: gives what is wrong, one text each; an empty list where all is as expected. */
export type Check<Expected> = (expected: Expected, played: Played) => string[];

/** Nothing wrong when the value is deep-equal to the expected one. */
export function equals(got: unknown, expected: unknown): string[] {
  return deepEquals(got, expected) ? [] : [`got ${show(got)}, expected ${show(expected)}`];
}

/** Steps in the memory of the last run, at its end. */
export function stepsOf({ last }: Played): readonly MemoryStep[] {
  return last.result?.memory.steps ?? [];
}

export function actionsOf(played: Played): readonly ActionStep[] {
  return stepsOf(played).filter((step) => step.type === 'action');
}

/** `[input, output]`, or null where nothing is known. */
export function tokenPair(usage: TokenUsage | undefined): [number, number] | null {
  return usage ? [usage.inputTokens, usage.outputTokens] : null;
}

/** A pair `[number, text]` of an expectation. Throws a `CaseError` for anything else, since it would say nothing. */
export function numberAndText(pair: Pair): [number, string] {
  const [number, text] = pair;
  if (pair.length === 2 && typeof number === 'number' && typeof text === 'string') return [number, text];
  throw new CaseError(`${JSON.stringify(pair)} is not [number, text]`);
}

export function numberAndNumber(pair: Pair): [number, number] {
  const [first, second] = pair;
  if (pair.length === 2 && typeof first === 'number' && typeof second === 'number') return [first, second];
  throw new CaseError(`${JSON.stringify(pair)} is not [number, number]`);
}

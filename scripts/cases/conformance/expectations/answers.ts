import { AgentError } from 'smolagents-web';
import { isObject, show } from '../../json';
import type { Expect } from '../case';
import type { PlayedRun } from '../play';
import { type Check, equals } from './check';

export const final: Check<unknown> = (expected, { last }) => {
  if (last.threw || !last.result)
    return [`the run threw ${describeError(last.error)}, expected the answer ${show(expected)}`];
  return equals(last.result.output, expected);
};

/** A run that threw has no answer: null stands for it. */
export const finals: Check<Expect['finals']> = (expected, { runs }) => equals(runs.map(answerOf), expected);

export const finalContains: Check<string> = (expected, { last }) => {
  const output = last.result?.output;
  const text = typeof output === 'string' ? output : (JSON.stringify(output) ?? '');
  return !last.threw && text.includes(expected) ? [] : [`the answer ${show(output)} does not hold ${show(expected)}`];
};

export const finalType: Check<'image'> = (_expected, { last }) => {
  const output = last.result?.output;
  return !last.threw && isPicture(output) ? [] : [`the answer ${show(output)} is no image`];
};

export const state: Check<string> = (expected, { last }) => equals(last.result?.state, expected);

export const raises: Check<Expect['raises']> = (expected, { last }) => {
  if (!last.threw) return [`the run threw nothing, expected the code ${expected}`];
  return last.error instanceof AgentError
    ? equals(last.error.code, expected)
    : [`threw ${describeError(last.error)}, which is no AgentError`];
};

export const raisesContains: Check<string> = (expected, { last }) => {
  if (!last.threw) return [`the run threw nothing, expected an error that holds ${show(expected)}`];
  const message = last.error instanceof Error ? last.error.message : String(last.error);
  return message.toLowerCase().includes(expected.toLowerCase())
    ? []
    : [`the error says ${show(message)}, not ${show(expected)}`];
};

/** States of a run that `run` rejects with; a case that expects one expects the rejection. */
const THROWING_STATES = ['error', 'interrupted', 'budget', 'waiting'];

/** A throw that nothing in the expectation speaks of is a failure, and so is an error that is none of the SDK's. */
export function unexpectedThrows(runs: readonly PlayedRun[], last: PlayedRun, expected: Partial<Expect>): string[] {
  const foreign = runs.filter(({ threw, error }) => threw && !(error instanceof AgentError));
  if (foreign.length > 0)
    return foreign.map(({ error }) => `a run threw ${describeError(error)}, which is no AgentError`);
  const spokenOf =
    expected.raises !== undefined ||
    expected.raises_contains !== undefined ||
    THROWING_STATES.includes(expected.state ?? '');
  return last.threw && !spokenOf
    ? [`the run threw ${describeError(last.error)}, of which the expectation says nothing`]
    : [];
}

function answerOf({ threw, result }: PlayedRun): unknown {
  return threw ? null : result?.output;
}

function isPicture(value: unknown): boolean {
  if (value instanceof Blob) return value.type.startsWith('image/');
  return isObject(value) && value.type === 'image' && typeof value.url === 'string' && value.url !== '';
}

function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${show(error.message)}` : String(error);
}

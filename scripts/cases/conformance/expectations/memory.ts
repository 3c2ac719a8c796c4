import { isObject, show } from '../../json';
import type { Expect, Pair } from '../case';
import { actionsOf, type Check, equals, numberAndNumber, numberAndText, stepsOf } from './check';

export const memory: Check<Expect['memory']> = (expected, played) =>
  equals(
    stepsOf(played).map(({ type }) => type),
    expected,
  );

export const stepNumbers: Check<Expect['step_numbers']> = (expected, played) =>
  equals(
    actionsOf(played).map(({ number }) => number),
    expected,
  );

export const errors: Check<Expect['errors']> = (expected, played) => {
  const got = actionsOf(played).map(({ error }) => error?.code ?? null);
  const messages = actionsOf(played).flatMap(({ error }) => (error ? [error.message] : []));
  return equals(got, expected).map((wrong) => (messages.length > 0 ? `${wrong}; messages: ${show(messages)}` : wrong));
};

export const errorsContain: Check<readonly Pair[]> = (expected, played) =>
  everyPair(expected, (index, text) => {
    const message = actionsOf(played)[index]?.error?.message;
    return message?.includes(text)
      ? []
      : [`the error of action step ${index} is ${show(message)}, without ${show(text)}`];
  });

export const toolCalls: Check<Expect['tool_calls']> = (expected, played) =>
  equals(
    actionsOf(played).map((step) => step.toolCalls.map((call) => [call.name, call.arguments])),
    expected,
  );

export const toolCallsRecordedOnError: Check<boolean> = (expected, played) => {
  const failed = actionsOf(played).filter(({ error }) => error?.code === 'execution');
  if (failed.length === 0) return ['no step of code failed'];
  return equals(
    failed.every((step) => step.toolCalls.length > 0),
    expected,
  );
};

export const callIdsNonempty: Check<boolean> = (expected, played) => {
  const ids = callIds(played);
  return equals(ids.length > 0 && ids.every(Boolean), expected).map((wrong) => `${wrong}; ids: ${show(ids)}`);
};

export const uniqueCallIds: Check<boolean> = (expected, played) => {
  const ids = callIds(played);
  const unique = ids.length > 0 && ids.every(Boolean) && new Set(ids).size === ids.length;
  return equals(unique, expected).map((wrong) => `${wrong}; ids: ${show(ids)}`);
};

export const observations: Check<Expect['observations']> = (expected, played) =>
  equals(
    actionsOf(played).map((step) => step.observations ?? null),
    expected,
  );

export const observationsContain: Check<readonly Pair[]> = (expected, played) =>
  everyPair(expected, (index, text) => {
    const observation = actionsOf(played)[index]?.observations;
    return observation?.includes(text)
      ? []
      : [`action step ${index} observed ${show(observation)}, without ${show(text)}`];
  });

export const observationsDoNotContain: Check<readonly Pair[]> = (expected, played) =>
  everyPair(expected, (index, text) => {
    const step = actionsOf(played)[index];
    if (!step) return [`there is no action step ${index}`];
    return (step.observations ?? '').includes(text)
      ? [`action step ${index} observed ${show(step.observations)}, with ${show(text)}`]
      : [];
  });

export const observationMaxChars: Check<readonly Pair[]> = (expected, played) =>
  expected.map(numberAndNumber).flatMap(([index, most]) => {
    const step = actionsOf(played)[index];
    if (!step) return [`there is no action step ${index}`];
    const length = step.observations?.length ?? 0;
    return length <= most ? [] : [`action step ${index} observed ${length} characters, at most ${most} are allowed`];
  });

const INCOMPLETE = /incomplete|unfinished|not finish|step limit|max steps/i;

/** The step that called a managed agent: by a tool call, or by code that names it. */
export const observationFlagsIncomplete: Check<boolean> = (expected, played) => {
  const names = [...played.top.managed.keys()];
  const calling = actionsOf(played).filter(({ toolCalls: calls, code = '' }) =>
    names.some((name) => calls.some((call) => call.name === name) || code.includes(name)),
  );
  if (calling.length === 0) return ['no step called a managed agent'];
  const flagged = calling.some((step) => INCOMPLETE.test(step.observations ?? ''));
  return equals(flagged, expected).map(
    (wrong) => `${wrong}; observed: ${show(calling.map((step) => step.observations))}`,
  );
};

export const modelOutputEndsWith: Check<string> = (expected, played) => {
  const text = actionsOf(played)[0]?.text;
  return text?.endsWith(expected)
    ? []
    : [`the first action step holds ${show(text)}, which does not end with ${show(expected)}`];
};

export const memoryExportIsJson: Check<boolean> = (expected, { last }) => {
  const { memory: kept } = last.result ?? {};
  return equals(kept !== undefined && isJson(() => JSON.stringify(kept)), expected);
};

function isJson(write: () => string): boolean {
  try {
    const read: unknown = JSON.parse(write());
    return isObject(read);
  } catch {
    return false;
  }
}

function callIds(played: Parameters<typeof actionsOf>[0]): string[] {
  return actionsOf(played).flatMap((step) => step.toolCalls.map(({ id }) => id));
}

function everyPair(pairs: readonly Pair[], check: (index: number, text: string) => string[]): string[] {
  return pairs.map(numberAndText).flatMap(([index, text]) => check(index, text));
}

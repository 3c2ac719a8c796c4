import { type ActionStep, AgentError, type AgentEvent } from 'smolagents-web';
import { deepEquals, show } from '../json';
import type { Expectation } from './case';
import { KEY, type Played } from './play';

const ERROR_STATUS = 2; // of OpenTelemetry

/** What is not as expected, and what must never be; each check of the first is one key of the expectation. */
export function judge(expected: Expectation, played: Played): string[] {
  const facts = factsOf(played);
  const failures = always(played);
  const check = (name: keyof Expectation, isAsExpected: boolean, got: unknown): void => {
    if (!isAsExpected) failures.push(`${name}: ${show(got)}, expected ${show(expected[name])}`);
  };
  const { modelCalls, delays, maxToolRuns = {}, errorKindAnyOf } = expected;
  for (const key of ['status', 'answer', 'errorKind', 'toolCalls', 'steps', 'answerEventCount'] as const)
    if (key in expected) check(key, deepEquals(facts[key], expected[key]), facts[key]);
  for (const key of ['errorIncludes', 'observationIncludes'] as const) {
    const text = expected[key];
    if (text !== undefined) check(key, facts[key].includes(text), facts[key]);
  }
  if (errorKindAnyOf) check('errorKindAnyOf', errorKindAnyOf.includes(String(facts.errorKind)), facts.errorKind);
  if (modelCalls !== undefined) {
    const [least, most] = typeof modelCalls === 'number' ? [modelCalls, modelCalls] : modelCalls;
    check('modelCalls', isBetween(facts.modelCalls, least, most), facts.modelCalls);
  }
  for (const [name, most] of Object.entries(maxToolRuns)) {
    const runs = played.toolRuns.filter(([run]) => run === name).length;
    check('maxToolRuns', runs <= most, { [name]: runs });
  }
  if (delays) {
    const fits = delays.every(([least, most], index) => isBetween(facts.delays[index], least, most));
    check('delays', fits && delays.length === facts.delays.length, facts.delays);
  }
  const { memoryExcludes, maxVirtualMs } = expected;
  if (memoryExcludes !== undefined) check('memoryExcludes', !facts.told.includes(memoryExcludes), facts.told);
  if (maxVirtualMs !== undefined) check('maxVirtualMs', played.virtualMs <= maxVirtualMs, played.virtualMs);
  return failures;
}

/** What came of a case, most of it by the names of the expectations. */
function factsOf({ events, result, error, attempts, retried, toolRuns }: Played) {
  const actions = (result?.steps ?? []).filter((step): step is ActionStep => step.type === 'action');
  return {
    status: result?.state,
    answer: result?.output,
    errorKind: error instanceof AgentError ? (error.code === 'max_steps' ? error.code : error.kind) : undefined,
    errorIncludes: error instanceof Error ? error.message : '',
    modelCalls: attempts.length,
    toolCalls: toolRuns,
    delays: retried.flatMap((index) => {
      const [failed, next] = attempts.slice(index, index + 2);
      return failed?.endMs !== undefined && next ? [next.startMs - failed.endMs] : [];
    }),
    steps: actions.length,
    observationIncludes: actions.map(({ observations = '', error }) => `${observations}\n${error?.message}`).join('\n'),
    told: attempts.flatMap(({ body }) => textsIn(body.messages)).join('\n'),
    answerEventCount: countOf(events, 'final-answer'),
  };
}

/** `rules.always` of the format. */
function always({ events, result, error, attempts, spans, startedSpans, missed, left }: Played): string[] {
  const state = result?.state;
  const roots = spans.filter(({ parentSpanContext }) => !parentSpanContext);
  const failed = state === 'error' || state === 'interrupted';
  const told: readonly [string, boolean, unknown][] = [
    ['the run has a result', result !== undefined, String(error)],
    ['one run-end', countOf(events, 'run-end') === 1, events.map(({ type }) => type)],
    ['run-end is the last event', events.at(-1)?.type === 'run-end', events.at(-1)?.type],
    ['one root span', roots.length === 1, roots.length],
    [
      'the root says ERROR as the state does',
      roots.every(({ status }) => (status.code === ERROR_STATUS) === failed),
      state,
    ],
    ['every span is ended', spans.length === startedSpans, `${startedSpans} started, ${spans.length} ended`],
    ['no attempt without an entry in the script', missed === 0, `${attempts.length} attempts`],
    ['no timer is left', left.sleepers === 0, left.sleepers],
    ['no request or reader is left', left.attempts === 0, left.attempts],
    ['no unhandled rejection', left.rejections.length === 0, left.rejections.map(String)],
    ['the key is in no event', !textsIn(events).some(holdsKey), KEY],
    ['the key is in no error', !errorTexts(error).some(holdsKey), KEY],
    ['the key is in no span', !spans.flatMap(spanTexts).some(holdsKey), KEY],
  ];
  return told.flatMap(([rule, holds, got]) => (holds ? [] : [`always: ${rule}: ${show(got)}`]));
}

function spanTexts({ name, status, attributes, events }: Played['spans'][number]): string[] {
  return textsIn({ name, status, attributes, events });
}

/** All texts in a value, the names of keys as well. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Error) return errorTexts(value);
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(textsIn) : [];
}

function errorTexts(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  return [error.message, error.stack ?? '', ...(error.cause === undefined ? [] : errorTexts(error.cause))];
}

function holdsKey(text: string): boolean {
  return text.includes(KEY);
}

function countOf(events: readonly AgentEvent[], wanted: AgentEvent['type']): number {
  return events.filter(({ type }) => type === wanted).length;
}

function isBetween(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}

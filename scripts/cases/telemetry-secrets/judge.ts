import { isObject, show } from '../json';
import { CaseError } from '../player';
import type { SecretsExpect } from './case';
import type { Played } from './play';

const REDACTED = '__REDACTED__';

interface Attribute {
  key: string;
  value: unknown;
}

/** What is not as expected, each with its key. */
export function judge(expected: Partial<SecretsExpect>, played: Played, realTimeFactor: number): string[] {
  if (Object.keys(expected).length === 0) throw new CaseError('a case without an expectation checks nothing');
  const { where = 'spans' } = expected;
  const bodies = played.bodies.map((body) => new TextDecoder().decode(body));
  const searched = { spans: bodies.flatMap(withTexts), requests: played.requests, console: played.lines }[where];
  const has = (text: string) => searched.some((one) => one.includes(text));
  const attributes = bodies.flatMap((body) => attributesOf(parsed(body)));
  const named = (pattern: string) => attributes.filter(({ key }) => matcher(pattern).test(key));
  const over = Object.entries(expected.maxSpansNamed ?? {}).flatMap(([name, most]) => {
    const count = bodies.flatMap((body) => spanNames(parsed(body))).filter((one) => one === name).length;
    return count > most ? [`maxSpansNamed: ${count} spans are called ${name}`] : [];
  });
  const limitMs = (expected.maxRedactMs ?? Number.POSITIVE_INFINITY) * realTimeFactor;
  return [
    ...(bodies.length === 0 && where === 'spans' ? ['no spans came'] : []),
    ...(expected.mustNotContain ?? []).filter(has).map((text) => `mustNotContain: ${text} is in the ${where}`),
    ...(expected.mustContain ?? [])
      .filter((text) => !has(text))
      .map((text) => `mustContain: no ${text} in the ${where}`),
    ...(expected.redactedKeys ?? []).flatMap((pattern) =>
      named(pattern).flatMap(({ key, value }) =>
        value === REDACTED ? [] : [`redactedKeys: ${key} is ${show(value)}`],
      ),
    ),
    ...(expected.absentKeys ?? []).flatMap((pattern) => named(pattern).map(({ key }) => `absentKeys: ${key} is there`)),
    ...(expected.presentKeys ?? [])
      .filter((pattern) => !named(pattern).some(({ value }) => value !== REDACTED))
      .map((pattern) => `presentKeys: no span has ${pattern}`),
    ...over,
    ...(expected.bodiesParse ? played.bodies.flatMap(bodyProblem) : []),
    ...(played.redactMs > limitMs ? [`maxRedactMs: redaction took ${played.redactMs.toFixed(1)} ms`] : []),
  ];
}

/** `*` is one part of a key or more, at the end any rest; a text of a message is also that of its contents. */
function matcher(pattern: string): RegExp {
  const source = (text: string) =>
    text
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replace(/\*$/, '.+')
      .replace(/\*(?!$)/g, '[^.]+(?:\\.[^.]+)*?');
  const contents = pattern.endsWith('message.content')
    ? `|${source(pattern.replace(/content$/, 'contents.*.message_content.text'))}`
    : '';
  return new RegExp(`^(?:${source(pattern)}${contents})$`);
}

/** A body as it is, and every text in it: what JSON escapes is searched as well. */
function withTexts(body: string): string[] {
  const texts: string[] = [body];
  const visit = (value: unknown): void => {
    if (typeof value === 'string') texts.push(value);
    else if (Array.isArray(value)) value.forEach(visit);
    else if (isObject(value)) Object.entries(value).flat().forEach(visit);
  };
  visit(parsed(body));
  return texts;
}

function spansOf(body: unknown): Readonly<Record<string, unknown>>[] {
  const list = (value: unknown, key: string): unknown[] =>
    isObject(value) && Array.isArray(value[key]) ? value[key] : [];
  return list(body, 'resourceSpans')
    .flatMap((resource) => list(resource, 'scopeSpans'))
    .flatMap((scope) => list(scope, 'spans'))
    .filter(isObject);
}

function spanNames(body: unknown): unknown[] {
  return spansOf(body).map(({ name }) => name);
}

/** Attributes of all spans. */
function attributesOf(body: unknown): Attribute[] {
  return spansOf(body).flatMap(({ attributes }) =>
    (Array.isArray(attributes) ? attributes : []).filter(isObject).map(({ key, value }) => ({
      key: String(key),
      value: isObject(value) ? Object.values(value)[0] : value,
    })),
  );
}

function bodyProblem(body: Uint8Array): string[] {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return [];
  } catch (error) {
    return [`bodiesParse: ${String(error)}`];
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

import { isObject, show } from '../json';
import type { ActualSpan } from './actual-spans';
import type { AttributeJson, GoldenFile, GoldenSpan, SpanEvent } from './golden-file';
import { evenImprovements } from './improvements';
import { type Message, messagesOfSpan, withoutForgotten, withoutRepetitions, withoutStrayClosers } from './messages';
import type { Compat } from './play';
import { isSameFailure, sameText, sameValue, type TextRules } from './texts';

/** What all spans of a file are compared by. */
export interface Comparison {
  file: GoldenFile;
  rules: TextRules;
  compat: Compat;
}

const MODEL_INPUT_KEYS = ['messages', 'stop_sequences', 'response_format', 'tools_to_call_from', 'kwargs'];

/** What of one span, its children apart, is not as the file says. */
export function compareSpan(golden: GoldenSpan, actual: ActualSpan, comparison: Comparison): string[] {
  const { file, rules, compat } = comparison;
  const evened =
    compat === 'improved'
      ? evenImprovements(golden, actual, file)
      : { expected: golden, attributes: actual.attributes, problems: [] };
  const { expected, attributes } = evened;
  const otelKind = golden.otel_kind ?? 'INTERNAL';
  const problems = [
    ...evened.problems,
    ...(actual.otelKind === otelKind ? [] : [`its OpenTelemetry kind is ${actual.otelKind}, expected ${otelKind}`]),
    ...compareStatus(expected, actual, comparison),
    ...compareAttributes(expected, attributes, rules),
    ...compareMessages(expected, attributes, rules),
    ...compareEvents(expected, actual.events, comparison),
  ];
  return problems.map((problem) => `${golden.id} ${golden.name}: ${problem}`);
}

function compareStatus({ kind, status }: GoldenSpan, actual: ActualSpan, { file, rules }: Comparison): string[] {
  const code = kind === 'AGENT' && file.error ? 'ERROR' : status.code; // Python's stream of a run that failed says OK
  if (actual.status.code !== code)
    return [`its status is ${actual.status.code} (${actual.status.message}), expected ${code}`];
  const [expected, got] = [status.message ?? '', actual.status.message ?? ''];
  if (kind === 'AGENT' && code === 'ERROR') return got ? [] : ['its status has no message'];
  const same = kind === 'TOOL' || !expected ? got === expected : isSameError(expected, got, rules);
  return same ? [] : [`its status says ${show(got)}, expected ${show(expected)}`];
}

/** An agent's own error: a class of smolagents before the colon is equal, and what was thrown or answered is there. */
function isSameError(expected: string, got: string, rules: TextRules): boolean {
  const name = /^(Agent\w*Error): /.exec(expected)?.[1];
  return (name === undefined || got.startsWith(`${name}: `)) && isSameFailure(expected, got, rules);
}

function compareEvents(
  { kind, events = [] }: GoldenSpan,
  actual: readonly SpanEvent[],
  { rules, file }: Comparison,
): string[] {
  if (actual.length !== events.length) return [`it has ${actual.length} events, expected ${events.length}`];
  const thrown = file.tool_outputs.flatMap(({ throws }) => throws?.name ?? []);
  return events.flatMap(({ name, attributes }, index) => {
    const event = actual[index];
    if (event?.name !== name) return [`event ${index} is ${event?.name}, expected ${name}`];
    const keys = compareKeys(attributes, event.attributes).map((problem) => `event ${index}: ${problem}`);
    return keys.concat(
      Object.entries(attributes).flatMap(([key, value]) => {
        const got = String(event.attributes[key]);
        const same = isSameEventValue(key, String(value), got, { kind, thrown, rules });
        return same ? [] : [`event ${index}: ${key} is ${show(got)}, expected ${show(value)}`];
      }),
    );
  });
}

function isSameEventValue(
  key: string,
  expected: string,
  got: string,
  { kind, thrown, rules }: { kind: string; thrown: readonly string[]; rules: TextRules },
): boolean {
  if (key === 'exception.stacktrace') return got !== 'undefined';
  if (key === 'exception.message') return kind === 'TOOL' ? got === expected : isSameFailure(expected, got, rules);
  if (key !== 'exception.type') return sameText(expected, got, rules);
  const name = expected.split('.').at(-1) ?? '';
  return /^Agent\w*Error$/.test(name) || thrown.includes(name) ? got === name : got !== 'undefined';
}

function compareAttributes(expected: GoldenSpan, attributes: ActualSpan['attributes'], rules: TextRules): string[] {
  const isMessage = (key: string) => key.startsWith('llm.input_messages.');
  const [file, ours] = [expected.attributes, attributes].map((all) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => !isMessage(key))),
  );
  const problems = compareKeys(file ?? {}, ours ?? {});
  for (const [key, value] of Object.entries(file ?? {})) {
    const got = ours?.[key];
    if (got === undefined) continue;
    const type = typeProblem(expected.attribute_types?.[key] ?? 'string', got);
    if (type) problems.push(`${key} ${type}`);
    else if (expected.loose?.includes(key)) problems.push(...looseProblems(expected.kind, key, got));
    else if (!isSameAttribute(expected.kind, key, value, got, rules))
      problems.push(`${key} is ${show(got)}, expected ${show(value)}`);
  }
  return problems;
}

function compareKeys(expected: object, got: object): string[] {
  const missing = Object.keys(expected).filter((key) => !(key in got));
  const extra = Object.keys(got).filter((key) => !(key in expected));
  return [...missing.map((key) => `${key} is missing`), ...extra.map((key) => `${key} is there, and not in the file`)];
}

/** JSON and OTLP of JavaScript have one kind of number: a whole one is an int, whatever Python had. */
function typeProblem(expected: string, value: AttributeJson): string | undefined {
  const type = Array.isArray(value)
    ? 'array<string>'
    : typeof value === 'number'
      ? Number.isInteger(value)
        ? 'int'
        : 'double'
      : typeof value === 'boolean'
        ? 'bool'
        : 'string';
  const same = type === expected || (expected === 'double' && type === 'int');
  return same ? undefined : `has the type ${type}, expected ${expected}`;
}

function looseProblems(kind: string, key: string, value: AttributeJson): string[] {
  if (kind !== 'LLM' || key !== 'input.value') return [];
  const parsed = parse(String(value));
  if (!isObject(parsed)) return [`${key} is no JSON object`];
  return MODEL_INPUT_KEYS.filter((name) => !(name in parsed)).map((name) => `${key} has no ${name}`);
}

function isSameAttribute(
  kind: string,
  key: string,
  expected: AttributeJson,
  got: AttributeJson,
  rules: TextRules,
): boolean {
  if (typeof expected !== 'string' || typeof got !== 'string') return sameValue(expected, got, rules);
  const [file, ours] = [parse(expected), parse(got)];
  if (typeof file !== 'object' || typeof ours !== 'object') return sameText(expected, got, rules);
  if (kind !== 'AGENT' || key !== 'input.value' || !isObject(file) || !isObject(ours))
    return sameValue(file, ours, rules);
  return sameValue(withoutPictures(file), withoutPictures(ours), rules);
}

/** A picture's representation equals any one value. */
function withoutPictures(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...args, images: Array.isArray(args.images) ? args.images.length : args.images };
}

function compareMessages(expected: GoldenSpan, attributes: ActualSpan['attributes'], rules: TextRules): string[] {
  const [file, ours] = [messagesOfSpan(expected.attributes), messagesOfSpan(attributes)];
  const strange = ours.strange.map((key) => `${key} belongs to no message`);
  const got = withoutForgotten(withoutRepetitions(ours.messages));
  return [...strange, ...compareMessageLists(withoutStrayClosers(withoutRepetitions(file.messages)), got, rules)];
}

/** What of a list of messages is not as expected. */
export function compareMessageLists(expected: readonly Message[], got: readonly Message[], rules: TextRules): string[] {
  const roles = (messages: readonly Message[]) => messages.map(({ role }) => role).join(', ');
  if (roles(got) !== roles(expected)) return [`its messages are of ${roles(got)}, expected ${roles(expected)}`];
  return expected.flatMap(({ parts }, index) => {
    const ours = got[index]?.parts ?? [];
    const same = parts.length === ours.length && parts.every((part, place) => isSamePart(part, ours[place], rules));
    return same ? [] : [`message ${index} is ${show(ours)}, expected ${show(parts)}`];
  });
}

function isSamePart(
  expected: Message['parts'][number],
  got: Message['parts'][number] | undefined,
  rules: TextRules,
): boolean {
  if (!got) return false;
  if ('image' in expected) return 'image' in got && got.image === expected.image;
  return 'text' in got && sameText(expected.text, got.text, rules);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

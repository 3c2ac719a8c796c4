import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { AttributeJson, GoldenFile, GoldenSpan } from '../../scripts/cases/golden/golden-file';
import { type Played, play } from '../../scripts/cases/golden/play';
import { isGoldenFile, judge } from '../../scripts/cases/golden/player';
import { serveOverHttp } from '../../scripts/cases/serve-over-http';

const OWN = 'test/cases/golden';
const NOWHERE = ' \u0001nowhere';
const MODES = ['strict', 'improved'] as const;

const files = readdirSync(OWN).map((name): GoldenFile => {
  const content: object = JSON.parse(readFileSync(join(OWN, name), 'utf8'));
  if (!isGoldenFile(content)) throw new Error(`${name} is no golden file`);
  return content;
});
const runs: { file: GoldenFile; played: Played; compat: (typeof MODES)[number] }[] = [];

beforeAll(async () => {
  for (const file of files)
    for (const compat of MODES) runs.push({ file, compat, played: await play(file, compat, serveOverHttp) });
}, 120_000);

test('every own trace of Python is equalled, strict and by default', () => {
  const failures = runs.flatMap(({ file, played, compat }) =>
    judge(file, played, compat).map((problem) => `${file.scenario}, ${compat}: ${problem}`),
  );

  expect(runs.length).toBeGreaterThan(20);
  expect(failures).toEqual([]);
});

/** One span altered; undefined where the span has nothing to alter in that way. */
type Alteration = (span: GoldenSpan, file: GoldenFile) => GoldenSpan | undefined;

const withAttribute = (span: GoldenSpan, key: string, value: AttributeJson) => ({
  ...span,
  attributes: { ...span.attributes, [key]: value },
});
/** A key whose value is compared as it is in both modes. */
const exactKey = ({ kind }: GoldenSpan) =>
  ({
    AGENT: 'smolagents.tools_names',
    CHAIN: 'openinference.span.kind',
    LLM: 'llm.invocation_parameters',
    TOOL: 'tool.name',
  })[kind];

test.each<[string, Alteration]>([
  ['a name', (span) => ({ ...span, name: `${span.name}${NOWHERE}` })],
  ['a kind', (span) => ({ ...span, kind: span.kind === 'TOOL' ? 'CHAIN' : 'TOOL' })],
  ['an OpenTelemetry kind', (span) => ({ ...span, otel_kind: 'CLIENT' })],
  [
    'a status',
    (span, file) =>
      span.kind === 'AGENT' && file.error
        ? undefined
        : { ...span, status: { code: span.status.code === 'OK' ? 'ERROR' : 'OK' } },
  ],
  ['a key that we have not', (span) => withAttribute(span, 'llm.cost.total', 1)],
  [
    'a key less',
    (span) => {
      const { [exactKey(span) ?? '']: _, ...attributes } = span.attributes;
      return { ...span, attributes };
    },
  ],
  [
    'a value',
    (span) => {
      const key = exactKey(span) ?? '';
      const value = span.attributes[key];
      return withAttribute(span, key, Array.isArray(value) ? [...value, NOWHERE] : `${value}${NOWHERE}`);
    },
  ],
  [
    'a type',
    (span) => ({
      ...span,
      attribute_types: { ...span.attribute_types, [exactKey(span) ?? '']: 'int' },
    }),
  ],
  [
    'a text of a message',
    (span) => {
      const key = Object.keys(span.attributes).findLast((name) => /input_messages.*text$/.test(name));
      return key ? withAttribute(span, key, `${NOWHERE}${span.attributes[key]}`) : undefined;
    },
  ],
  [
    'a role of a message',
    (span) => {
      const key = Object.keys(span.attributes).find((name) => /input_messages.*role$/.test(name));
      return key ? withAttribute(span, key, 'nobody') : undefined;
    },
  ],
  ['an event more', (span) => ({ ...span, events: [...(span.events ?? []), { name: 'other', attributes: {} }] })],
  ['events less', (span) => (span.events?.length ? { ...span, events: [] } : undefined)],
  [
    'a parent',
    (span, { spans }) => {
      const other = spans.find(({ id }) => id !== span.parent && id !== span.id);
      return other && span.parent !== null ? { ...span, parent: other.id } : undefined;
    },
  ],
])('%s that is altered in any one span fails the file', (_what, alter) => {
  const mutants = runs.flatMap((run) =>
    run.file.spans.flatMap((span) => {
      const altered = alter(span, run.file);
      if (!altered) return [];
      const spans = run.file.spans.map((each) => (each === span ? altered : each));
      return [{ ...run, id: `${run.file.scenario} ${span.id} ${run.compat}`, file: { ...run.file, spans } }];
    }),
  );

  const survivors = mutants.filter(({ file, played, compat }) => judge(file, played, compat).length === 0);

  expect(mutants.length).toBeGreaterThan(4);
  expect(survivors.map(({ id }) => id)).toEqual([]);
});

test('the ends of any two spans that are exchanged fail the file', () => {
  const mutants = runs.flatMap((run) =>
    run.file.spans.slice(1).map((span, index) => {
      const before = run.file.spans[index];
      const spans = run.file.spans.map((each) =>
        each === span
          ? { ...each, end_order: before?.end_order ?? 0 }
          : each === before
            ? { ...each, end_order: span.end_order }
            : each,
      );
      return { ...run, file: { ...run.file, spans } };
    }),
  );

  const survivors = mutants.filter(({ file, played, compat }) => judge(file, played, compat).length === 0);

  expect(mutants.length).toBeGreaterThan(100);
  expect(survivors.map(({ file, compat }) => `${file.scenario} ${compat}`)).toEqual([]);
});

test.each<[string, (file: GoldenFile) => GoldenFile]>([
  ['the result', (file) => ({ ...file, result: [NOWHERE] })],
  ['the error', (file) => ({ ...file, error: file.error ? null : { type: 'Error', message: '' } })],
  ['the number of lost parents', (file) => ({ ...file, lost_parents: (file.lost_parents ?? 0) + 1 })],
  ['a request less', (file) => ({ ...file, model_requests: file.model_requests.slice(1) })],
  [
    'the tools of a request',
    (file) => alterRequest(file, { tools: [{ type: 'function', function: { name: NOWHERE } }] }),
  ],
  ['the stop sequences of a request', (file) => alterRequest(file, { stop: [NOWHERE] })],
  ['the model of a request', (file) => alterRequest(file, { model: NOWHERE })],
  ['the messages of a request', (file) => alterRequest(file, { messages: [{ role: 'user', content: NOWHERE }] })],
])('%s that is altered fails the file', (_what, alter) => {
  const survivors = runs.filter(
    ({ file, played, compat }) =>
      !(file.error && alter(file).result) && judge(alter(file), played, compat).length === 0,
  );

  expect(survivors.map(({ file }) => file.scenario)).toEqual([]);
});

function alterRequest(file: GoldenFile, change: Record<string, unknown>): GoldenFile {
  const [first, ...others] = file.model_requests;
  return { ...file, model_requests: [{ ...first, ...change }, ...others] };
}

import { afterEach, expect, test, vi } from 'vitest';
import { ToolCallingAgent, tool } from '../../src/index';
import { type InstrumentOptions, runWatcher } from '../../src/telemetry/index';
import { scriptedModel } from '../../src/testing/index';
import { tracing } from '../fakes/tracing';

afterEach(() => void vi.unstubAllEnvs());

const IMAGE = `data:image/png;base64,${'QUJD'.repeat(50)}`;
const fails = tool({
  name: 'fails',
  description: 'Fails.',
  inputs: {},
  execute: (): string => {
    throw new Error('cannot do INPUT');
  },
});

/** A run that is told INPUT and a picture, whose tool fails with INPUT, and that answers OUTPUT. */
async function traced(options: Omit<InstrumentOptions, 'tracerProvider'>) {
  const { tracerProvider, spans, text } = tracing();
  const model = scriptedModel(
    { content: 'OUTPUT-TEXT', toolCalls: [{ name: 'fails', arguments: {} }] },
    { toolCalls: [{ name: 'final_answer', arguments: { answer: 'OUTPUT' } }] },
  );
  const agent = new ToolCallingAgent({ model, tools: [fails] });
  await agent.run('INPUT', { images: [IMAGE], telemetry: runWatcher({ tracerProvider, ...options }) });
  const keys = new Map(spans().flatMap(({ attributes }) => Object.entries(attributes)));
  const valuesOf = (pattern: RegExp) => [
    ...new Set(
      spans()
        .flatMap(({ attributes }) => Object.entries(attributes))
        .filter(([key]) => pattern.test(key))
        .map(([, value]) => value),
    ),
  ];
  return { keys, valuesOf, text: text() };
}

test('hideInputs leaves no input anywhere, in the text of errors neither', async () => {
  const { keys, valuesOf, text } = await traced({ hideInputs: true, genAiContent: true });

  expect(text).not.toMatch(/\bINPUT\b/);
  expect(text).toContain('OUTPUT');
  expect(valuesOf(/^(input\.value|smolagents\.task)$/)).toEqual(['__REDACTED__']);
  expect(
    [...keys.keys()].filter((key) => /^(llm\.(input_messages|tools)|input\.mime_type|gen_ai\.input)/.test(key)),
  ).toEqual([]);
});

test('strict leaves the text of errors, as OpenInference does', async () => {
  const { text } = await traced({ hideInputs: true, compat: 'strict' });

  expect(text).toContain('cannot do INPUT');
});

test('both sides hidden leave nothing of what was said', async () => {
  const { text } = await traced({ hideInputs: true, hideOutputs: true, genAiContent: true });

  expect(text).not.toMatch(/INPUT|OUTPUT/);
});

test.each<[keyof InstrumentOptions, RegExp, unknown[]]>([
  ['hideOutputs', /^output\.value$/, ['__REDACTED__']],
  ['hideOutputs', /^(llm\.output_messages|output\.mime_type)/, []],
  ['hideInputMessages', /^llm\.input_messages/, []],
  ['hideOutputMessages', /^llm\.output_messages/, []],
  ['hideInputText', /^llm\.input_messages.*text$/, ['__REDACTED__']],
  ['hideOutputText', /^llm\.output_messages.*text$/, ['__REDACTED__']],
  ['hideInputImages', /image\.url$/, []],
  ['hideLlmInvocationParameters', /^llm\.invocation_parameters$/, []],
  ['hideLlmTools', /^llm\.tools/, []],
])('%s: the values of %s are %j', async (option, pattern, expected) => {
  const { valuesOf } = await traced({ [option]: true });
  const open = await traced({});

  expect(valuesOf(pattern)).toEqual(expected);
  expect(open.valuesOf(pattern)).not.toEqual(expected);
});

test('pictures over the limit are redacted, and stand nowhere else', async () => {
  const hidden = await traced({ base64ImageMaxLength: 100 });
  const shown = await traced({});

  expect(hidden.valuesOf(/image\.url$/)).toEqual(['__REDACTED__']);
  expect(hidden.text).not.toContain('QUJDQUJD');
  expect(shown.valuesOf(/image\.url$/)).toEqual([IMAGE]);
});

test('the variables of OpenInference are read, and an option wins over them', async () => {
  vi.stubEnv('OPENINFERENCE_HIDE_OUTPUTS', 'TRUE');
  vi.stubEnv('OPENINFERENCE_BASE64_IMAGE_MAX_LENGTH', '10');

  const hidden = await traced({});
  const shown = await traced({ hideOutputs: false, base64ImageMaxLength: 10_000 });

  expect([hidden.valuesOf(/^output\.value$/), hidden.valuesOf(/image\.url$/)]).toEqual([
    ['__REDACTED__'],
    ['__REDACTED__'],
  ]);
  expect(shown.valuesOf(/^output\.value$/)).toContain('OUTPUT');
  expect(shown.valuesOf(/image\.url$/)).toEqual([IMAGE]);
});

test('what is redacted stands neither in the name of a span, nor in those of its attributes and its error', async () => {
  const { tracerProvider, spans, text } = tracing();
  const tells = tool({
    ...{ name: 'tells', description: 'Tells.', inputs: {} },
    execute: (_, { span }) =>
      span('hf_TESTKEYabcdefgh', () => Promise.reject(Object.assign(new Error('no'), { name: 'hf_TESTKEYabcdefgh' })), {
        'my hf_TESTKEYabcdefgh': 'x',
      }),
  });
  const model = scriptedModel(
    { toolCalls: [{ name: 'tells', arguments: {} }] },
    { toolCalls: [{ name: 'final_answer', arguments: { answer: 'done' } }] },
  );

  const telemetry = runWatcher({ tracerProvider, redact: 'default' });
  await new ToolCallingAgent({ model, tools: [tells] }).run('x', { telemetry });

  const redacted = '__REDACTED__';
  expect(text()).not.toContain('hf_TESTKEY');
  expect(spans().find(({ name }) => name === redacted)).toMatchObject({
    attributes: { [`my ${redacted}`]: 'x', 'error.type': redacted },
    events: [{ attributes: { 'exception.type': redacted } }],
  });
});

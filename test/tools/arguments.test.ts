import { describe, expect, test } from 'vitest';
import { AgentToolCallError } from '../../src/errors';
import { acceptArguments, bindArguments, checkArguments, executeTool, readArguments } from '../../src/tools/arguments';
import { type AnyTool, type ToolInput, tool } from '../../src/tools/tool';
import { toolHandle } from '../fakes/tool-handle';

const tideHeight = tool({
  name: 'tide_height',
  description: 'Tide height at a harbour.',
  inputs: {
    harbour: { type: 'string', description: 'harbour name' },
    hour: { type: 'integer', description: 'hour of day', nullable: true },
  },
  execute: ({ harbour }) => `tide at ${harbour}: 2.4 m`,
});
const finalAnswer = tool({
  name: 'final_answer',
  description: 'Answers.',
  inputs: { answer: { type: 'any', description: 'answer' } },
  execute: ({ answer }) => answer,
});
const now = tool({ name: 'now', description: 'The time.', inputs: {}, execute: () => 'noon' });

const taking = (input: Omit<ToolInput, 'description'>): AnyTool =>
  tool({
    name: 'take',
    description: 'Takes.',
    inputs: { value: { type: 'any', description: '', ...input } },
    execute: () => '',
  });

test.each([
  [{ harbour: 7 }, 'tide_height: argument `harbour` is an integer (7), must be a string'],
  [{ harbour: null }, 'tide_height: argument `harbour` is null, must be a string'],
  [{}, 'tide_height: argument `harbour` is missing, it is required and must be a string'],
  [{ harbour: undefined }, 'tide_height: argument `harbour` is missing, it is required and must be a string'],
  [{ harbour: 'Brest', hour: 2.5 }, 'tide_height: argument `hour` is a number (2.5), must be an integer or null'],
  [{ harbour: 'Brest', hour: true }, 'tide_height: argument `hour` is a boolean (true), must be an integer or null'],
  [
    { harbour: 'Brest', port: 1 },
    'tide_height: argument `port` is unknown, the tool takes `harbour` (a string), `hour` (an integer, may be left out)',
  ],
])('arguments %j are refused by name, value and what is allowed', (args, message) => {
  expect(() => checkArguments(tideHeight, args)).toThrow(new AgentToolCallError(message));
});

describe('types are those of JSON', () => {
  const values: Record<string, unknown> = {
    string: 'a',
    integer: 3,
    number: 3.5,
    boolean: false,
    array: [1],
    object: { a: 1 },
    null: null,
  };
  const accepted: Record<string, string[]> = {
    string: ['string'],
    integer: ['integer'],
    number: ['integer', 'number'],
    boolean: ['boolean'],
    array: ['array'],
    object: ['object'],
    null: ['null'],
    any: Object.keys(values),
    image: ['string', 'array', 'object'],
  };

  test.each(Object.keys(accepted))('%s', (type) => {
    const fits = Object.keys(values).filter((name) => {
      try {
        checkArguments(taking({ type: type as ToolInput['type'] }), { value: values[name] });
        return true;
      } catch {
        return false;
      }
    });

    expect(fits).toEqual(accepted[type]);
  });

  test('what JSON does not have is refused by its class', () => {
    expect(() => checkArguments(taking({ type: 'object' }), { value: new Map() })).toThrow(
      'is a Map, must be an object',
    );
    expect(() => checkArguments(taking({ type: 'number' }), { value: Number.NaN })).toThrow('is a number (NaN)');
    expect(() => checkArguments(taking({ type: 'integer' }), { value: 10n })).toThrow('is a bigint (10n)');
  });
});

test.each<[string, Omit<ToolInput, 'description'>, unknown, string | undefined]>([
  ['a choice', { type: 'string', enum: ['a', 'b'] }, 'c', '`value` is a string ("c"), must be one of "a", "b"'],
  ['a choice that is right', { type: 'string', enum: ['a', 'b'] }, 'b', undefined],
  [
    'an item',
    { type: 'array', items: { type: 'integer' } },
    [1, 'x'],
    '`value[1]` is a string ("x"), must be an integer',
  ],
  [
    'a nested property',
    { type: 'object', properties: { legs: { type: 'array', items: { type: 'object', required: ['to'] } } } },
    { legs: [{}] },
    '`value.legs[0].to` is missing',
  ],
  [
    'a property too many',
    { type: 'object', properties: { a: {} }, additionalProperties: false },
    { b: 1 },
    '`value.b` is unknown',
  ],
  ['a bound', { type: 'integer', minimum: 1 }, 0, '`value` is an integer (0), must be 1 or more'],
  ['a length', { type: 'string', maxLength: 2 }, 'abc', 'must have 2 characters or fewer'],
  [
    'alternatives',
    { type: ['string', 'object'], anyOf: [{ type: 'string' }, { type: 'object', required: ['a'] }] },
    {},
    '`value.a` is missing',
  ],
  ['several types', { type: ['string', 'integer'] }, true, 'must be a string or an integer'],
])('%s of a JSON Schema is checked', (_, input, value, message) => {
  const check = () => checkArguments(taking(input), { value });

  if (message === undefined) expect(check).not.toThrow();
  else expect(check).toThrow(message);
});

describe('a call in code', () => {
  test.each<[AnyTool, unknown[], Record<string, unknown>]>([
    [tideHeight, [{ harbour: 'Brest' }], { harbour: 'Brest' }],
    [tideHeight, [{ harbour: 'Brest', hour: 3 }], { harbour: 'Brest', hour: 3 }],
    [tideHeight, ['Brest', 3], { harbour: 'Brest', hour: 3 }],
    [tideHeight, ['Brest', undefined], { harbour: 'Brest' }],
    [finalAnswer, [{ answer: 1 }], { answer: 1 }],
    [finalAnswer, [{ answer: 1, why: 2 }], { answer: { answer: 1, why: 2 } }],
    [finalAnswer, [{}], { answer: {} }],
    [finalAnswer, [[1, 2]], { answer: [1, 2] }],
    [finalAnswer, [new Map()], { answer: new Map() }],
    [now, [], {}],
    [now, [{}], {}],
  ])('%o takes %j', (called, args, expected) => {
    expect(bindArguments(called, args)).toEqual(expected);
  });

  test('with too many arguments names what the tool takes', () => {
    expect(() => bindArguments(now, [1])).toThrow('now: 1 arguments were given, the tool takes no arguments');
  });

  test('whose one object cannot be positional is told what it lacks', () => {
    const bound = bindArguments(tideHeight, [{ port: 'Brest' }]);

    expect(() => checkArguments(tideHeight, bound)).toThrow(/`port` is unknown.*`harbour` is missing/);
  });
});

describe('a call that a model wrote', () => {
  test.each<[AnyTool, unknown, Record<string, unknown>]>([
    [tideHeight, { harbour: 'Brest' }, { harbour: 'Brest' }],
    [tideHeight, '{"harbour": "Brest", "hour": 3}', { harbour: 'Brest', hour: 3 }],
    [tideHeight, '"{\\"harbour\\": \\"Brest\\"}"', { harbour: 'Brest' }],
    [tideHeight, 'Brest', { harbour: 'Brest' }],
    [tideHeight, '42', { harbour: '42' }],
    [finalAnswer, '42', { answer: 42 }],
    [finalAnswer, '"hello"', { answer: 'hello' }],
    [finalAnswer, 'hello', { answer: 'hello' }],
    [finalAnswer, [1], { answer: [1] }],
    [finalAnswer, 0, { answer: 0 }],
    [finalAnswer, '', { answer: '' }],
    [finalAnswer, null, {}],
    [now, '', {}],
    [tideHeight, '', {}],
    [tideHeight, ' \n', {}],
    [tideHeight, '""', { harbour: '' }],
    [now, undefined, {}],
  ])('%o takes %j', (called, written, expected) => {
    expect(readArguments(called, written)).toEqual(expected);
  });

  test.each(['{"harbour": ', '[1, 2', ' {harbour: 1}'])(
    'that begins like JSON but is not is a tool call error: %s',
    (text) => {
      expect(() => readArguments(tideHeight, text)).toThrow(AgentToolCallError);
      expect(() => readArguments(tideHeight, text)).toThrow('begin like JSON');
    },
  );

  test('with a bare value for several inputs is refused', () => {
    const add = tool({
      name: 'add',
      description: 'Adds.',
      inputs: { a: { type: 'number', description: '' }, b: { type: 'number', description: '' } },
      execute: ({ a, b }) => a + b,
    });

    expect(() => readArguments(add, 3)).toThrow('add: the arguments are an integer (3), must be an object');
  });

  test('cannot reach a prototype', () => {
    const read = readArguments(
      finalAnswer,
      '{"answer": {"__proto__": {"admin": true}, "ok": 1}, "__proto__": {"x": 1}}',
    );

    expect(read).toEqual({ answer: { ok: 1 } });
    expect(Object.keys(Object(read.answer))).toEqual(['ok']);
  });
});

test('a tool runs with what was accepted', async () => {
  const accepted = await acceptArguments(tideHeight, { harbour: 'Brest', hour: undefined });

  expect(accepted).toEqual({ harbour: 'Brest' });
  expect(await executeTool(tideHeight, accepted, toolHandle())).toBe('tide at Brest: 2.4 m');
});

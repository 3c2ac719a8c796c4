import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { AgentConfigurationError, AgentToolCallError } from '../../src/errors';
import { acceptArguments } from '../../src/tools/arguments';
import { tool } from '../../src/tools/tool';

const query = { type: 'string', description: 'what to look for' } as const;
const valid = { name: 'look_up', description: 'Looks up.', inputs: { query }, execute: () => 'found' } as const;

describe('what a model could not call is refused when the tool is made', () => {
  test.each([
    ['a name with a dash', { name: 'look-up' }, 'letters, digits and _'],
    ['a name that begins with a digit', { name: '2up' }, 'not begin with a digit'],
    ['a reserved word', { name: 'delete' }, 'word of JavaScript'],
    ['a long name', { name: 'a'.repeat(65) }, 'at most 64'],
    ['no description', { description: ' ' }, 'no description'],
    ['an output type of its own', { outputType: 'text' }, '"text"'],
    ['an input type of its own', { inputs: { query: { type: 'text', description: '' } } }, '"text"'],
    ['an input without a description', { inputs: { query: { type: 'string' } } }, '`query` has no description'],
    ['a schema for each input', { inputs: { query: z.string() } }, 'such as z.object({ query })'],
    ['a nullable that is text', { inputs: { query: { ...query, nullable: 'yes' } } }, '"yes"'],
    [
      'an input called like the prototype',
      { inputs: JSON.parse('{"__proto__": {"type": "string", "description": ""}}') },
      '__proto__',
    ],
    ['an unknown option', { timeout: 3 }, '`timeout`'],
    ['a schema of a list', { inputs: z.array(z.string()) }, 'must be of "object"'],
    ['a schema that JSON cannot say', { inputs: z.object({ at: z.date() }) }, 'Date cannot be represented'],
    ['no function', { execute: 'x' }, 'execute is "x", must be a function'],
    ['the prototype as a name', { name: '__proto__' }, '"__proto__": the name is a word of JavaScript'],
    ['a repeatable that is text', { repeatable: 'yes' }, 'repeatable is "yes", must be true or false'],
    ['a span name that is none', { spanName: 5 }, 'spanName is 5, must be a text'],
    ['a second schema', { jsonSchema: { type: 'object' } }, 'goes with a Standard Schema'],
  ])('%s', (_, change, message) => {
    const make = () => Reflect.apply(tool, undefined, [{ ...valid, ...change }]);

    expect(make).toThrow(AgentConfigurationError);
    expect(make).toThrow(message);
  });
});

test.each([undefined, null, 'look_up'])('%j in the place of a tool’s options is refused', (options) => {
  const make = () => Reflect.apply(tool, undefined, [options]);

  expect(make).toThrow(AgentConfigurationError);
  expect(make).toThrow(/tool\(\) was given (undefined|null|"look_up"), must be an object of options: name/);
});

describe('a JSON Schema that says nothing sensible is refused when the tool is made', () => {
  test.each<[object, string]>([
    [{ properties: { city: { type: 'strng' } } }, '`inputs.properties.city.type` is "strng", must be one of string'],
    [
      { properties: { city: { type: ['string', 5] } } },
      '`inputs.properties.city.type` is ["string",5], must be one of',
    ],
    [{ properties: 5 }, '`inputs.properties` is 5, must be an object of schemas'],
    [{ properties: { city: 'string' } }, '`inputs.properties.city` is "string", must be a schema'],
    [{ properties: {}, required: ['zz'] }, '`inputs.required` names "zz", must be of its properties; it has none'],
    [{ properties: { a: {} }, required: ['zz'] }, '`inputs.required` names "zz", must be of its properties: a'],
    [{ required: ['zz'] }, '`inputs.required` names "zz", must be of its properties; it has none'],
    [{ required: 'a' }, '`inputs.required` is "a", must be a list of names'],
    [{ properties: { a: { enum: 'abc' } } }, '`inputs.properties.a.enum` is "abc", must be a list of choices'],
    [{ properties: { a: { pattern: '(' } } }, '`inputs.properties.a.pattern` is "(", must be a regular expression'],
    [{ properties: { a: { items: [{ minimum: '1' }] } } }, '`inputs.properties.a.items[0].minimum` is "1", must be a'],
    [{ properties: { a: { anyOf: { type: 'string' } } } }, '`inputs.properties.a.anyOf` is {"type":"string"}, must be'],
    [{ $defs: { a: { maxItems: -1 } } }, '`inputs.$defs.a.maxItems` is -1, must be a whole number, 0 or more'],
  ])('%j', (schema, message) => {
    const make = () => Reflect.apply(tool, undefined, [{ ...valid, inputs: { type: 'object', ...schema } }]);

    expect(make).toThrow(AgentConfigurationError);
    expect(make).toThrow(`Tool "look_up": ${message}`);
  });

  test('in smolagents’ own form as well', () => {
    const make = () => Reflect.apply(tool, undefined, [{ ...valid, inputs: { query: { ...query, pattern: '(' } } }]);

    expect(make).toThrow('Tool "look_up": `query.pattern` is "(", must be a regular expression');
  });
});

test('alternatives may require what the schema around them has', () => {
  const inputs = { type: 'object', properties: { a: {}, b: {} }, anyOf: [{ required: ['a'] }, { required: ['b'] }] };

  expect(() => Reflect.apply(tool, undefined, [{ ...valid, inputs }])).not.toThrow();
});

test('a pattern is not held against a text of more than 10,000 characters', async () => {
  const made = tool({ ...valid, inputs: { query: { ...query, pattern: '^a+$' } } });

  expect(await acceptArguments(made, { query: 'a'.repeat(10_000) })).toHaveProperty('query');
  await expect(acceptArguments(made, { query: 'a'.repeat(10_001) })).rejects.toThrow(/must have 10000 characters/);
});

test('a zod schema gives the inputs, and its output is what execute gets', async () => {
  const trip = tool({
    name: 'trip',
    description: 'Plans a trip.',
    inputs: z.object({
      city: z.string().trim().describe('where to'),
      days: z.int().min(1).default(3),
      mode: z.enum(['train', 'boat']).optional(),
      budget: z.number().nullable(),
    }),
    execute: (args) => args,
  });

  expect(trip.inputs).toMatchObject({
    city: { type: 'string', description: 'where to' },
    days: { type: 'integer', nullable: true },
    mode: { type: 'string', enum: ['train', 'boat'], nullable: true },
    budget: { type: 'number', nullable: true },
  });
  expect(await acceptArguments(trip, { city: ' Rome ', mode: null })).toEqual({ city: 'Rome', days: 3, budget: null });
  await expect(acceptArguments(trip, { city: 'Rome', days: 0 })).rejects.toThrow(/^trip: argument `days`: /);
  await expect(acceptArguments(trip, { city: 'Rome', mode: 'car' })).rejects.toThrow(AgentToolCallError);
});

test('a Standard Schema without JSON Schema needs one said, and then works', async () => {
  const even = {
    '~standard': {
      version: 1,
      vendor: 'mine',
      validate: (value: unknown) => {
        const { n } = Object(value);
        return n % 2 === 0
          ? { value: { n: Number(n) } }
          : { issues: [{ message: 'must be even', path: [{ key: 'n' }] }] };
      },
    },
  } as const;
  const half = (more: object) => Reflect.apply(tool, undefined, [{ ...valid, inputs: even, ...more }]);

  expect(() => half({})).toThrow('give one as jsonSchema');
  expect(() => half({ jsonSchema: 5 })).toThrow('jsonSchema is 5, must be a JSON Schema');
  expect(() => half({ jsonSchema: { type: 'object', required: ['n'] } })).toThrow('`jsonSchema.required` names "n"');
  const made = half({ jsonSchema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } });
  await expect(acceptArguments(made, { n: 3 })).rejects.toThrow('look_up: argument `n`: must be even');
  expect(await acceptArguments(made, { n: 4 })).toEqual({ n: 4 });
});

test('a JSON Schema gives the inputs, references put in, null and optional told by nullable', () => {
  const made = tool({
    ...valid,
    inputs: {
      type: 'object',
      properties: {
        from: { $ref: '#/$defs/place', description: 'start' },
        to: { anyOf: [{ $ref: '#/$defs/place' }, { type: 'null' }] },
        via: { type: ['string', 'array'], items: { type: 'string' } },
        size: { enum: [1, 2, 'all'] },
        rest: {},
      },
      required: ['from', 'to', 'size'],
      $defs: { place: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } },
    },
  });

  expect(made.inputs).toMatchObject({
    from: { type: 'object', description: 'start', required: ['name'] },
    to: { type: 'object', nullable: true },
    via: { type: ['string', 'array'], nullable: true },
    size: { type: ['integer', 'string'], description: '' },
    rest: { type: 'any', nullable: true },
  });
  expect(made.inputs.size?.nullable).toBeUndefined();
});

test('a reference that is no escaped text is looked up as it is written', () => {
  const rate = { $ref: '#/$defs/100%' };
  const made = tool({
    ...valid,
    inputs: { type: 'object', properties: { rate }, required: ['rate'], $defs: { '100%': { type: 'number' } } },
  });

  expect(made.inputs).toMatchObject({ rate: { type: 'number' } });
});

test('a schema that holds itself is spelled out only so far', () => {
  const node = z.object({
    name: z.string(),
    get children() {
      return z.array(node);
    },
  });

  const made = tool({ ...valid, inputs: z.object({ node }), execute: ({ node }) => node.name });

  expect(JSON.stringify(made.inputs).length).toBeLessThan(5000);
});

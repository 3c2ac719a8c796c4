import { expect, test } from 'vitest';
import { toolLine, toolSchema, toolStub } from '../../src/tools/describe';
import { tool } from '../../src/tools/tool';

const plan = tool({
  name: 'plan_trip',
  description: 'Plans a trip.\nAlways.',
  inputs: {
    to: { type: 'string', description: 'where */ to' },
    mode: { type: 'string', enum: ['train', 'boat'], description: '', nullable: true },
    stops: { type: 'array', items: { type: ['string', 'integer'] }, description: 'on the way' },
    extra: { type: 'object', properties: { 'seat-no': { type: 'integer' } }, required: ['seat-no'], description: '' },
    picture: { type: 'image', description: 'of it' },
    rest: { type: 'any', description: 'anything' },
  },
  outputType: 'object',
  execute: () => ({}),
});

test('the stub is one line of TypeScript that no description can break out of', () => {
  expect(toolStub(plan)).toBe(
    'declare function plan_trip(args: { to: string /* where * / to */; mode?: "train" | "boat" | null; ' +
      'stops: Array<string | number> /* on the way */; extra: { "seat-no": number }; picture: any /* of it */; ' +
      'rest: any /* anything */ }): Promise<Record<string, any>>; // Plans a trip. Always.',
  );
});

test('a tool without inputs is declared without arguments', () => {
  const now = tool({ name: 'now', description: 'The time.', inputs: {}, outputType: 'string', execute: () => 'noon' });

  expect(toolStub(now)).toBe('declare function now(): Promise<string>; // The time.');
});

test('endpoints are told the inputs with any as a string and the rest as required', () => {
  const { parameters } = toolSchema(plan);

  expect(parameters).toMatchObject({
    type: 'object',
    properties: {
      to: { type: 'string' },
      picture: { type: 'string' },
      rest: { type: 'string', description: 'anything' },
    },
    required: ['to', 'stops', 'extra', 'picture', 'rest'],
  });
});

test('the line for tool-calling prompts holds name, description, inputs and output', () => {
  const line = toolLine(plan);

  expect(line).toMatch(/^plan_trip: Plans a trip\. Always\. Arguments: \{"to":.*\}\. Returns: object\.$/);
});

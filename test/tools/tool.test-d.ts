import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { type AnyTool, type Tool, type ToolInputs, tool } from '../../src/tools/tool';

const named = { name: 'a', description: 'b' };

test('a zod schema types the arguments by its output', () => {
  const made = tool({
    ...named,
    inputs: z.object({ city: z.string(), days: z.number().default(3), at: z.string().optional() }),
    execute: async (args) => {
      expectTypeOf(args).toEqualTypeOf<{ city: string; days: number; at?: string | undefined }>();
      return args.days;
    },
  });

  expectTypeOf(made).toEqualTypeOf<Tool<{ city: string; days: number; at?: string | undefined }, number>>();
});

test("smolagents' inputs type the arguments, nullable ones optional", () => {
  tool({
    ...named,
    inputs: {
      city: { type: 'string', description: '' },
      mode: { type: 'string', enum: ['train', 'boat'], description: '' },
      days: { type: ['integer', 'string'], description: '', nullable: true },
      stops: { type: 'array', items: { type: 'number' }, description: '' },
      rest: { type: 'any', description: '' },
    },
    execute: (args) => {
      expectTypeOf(args).toEqualTypeOf<{
        city: string;
        mode: 'train' | 'boat';
        days?: number | string | null;
        stops: number[];
        rest: unknown;
      }>();
    },
  });
});

test('a JSON Schema types the arguments', () => {
  tool({
    ...named,
    inputs: {
      type: 'object',
      properties: {
        to: { type: 'object', properties: { x: { type: 'number' } }, required: ['x'] },
        note: { type: 'string' },
      },
      required: ['to'],
    },
    execute: (args) => expectTypeOf(args).toEqualTypeOf<{ to: { x: number }; note?: string }>(),
  });
});

test('inputs known only when the program runs give arguments of unknown values', () => {
  const inputs: ToolInputs = {};

  tool({ ...named, inputs, execute: (args) => expectTypeOf(args).toEqualTypeOf<Record<string, unknown>>() });
});

test('every tool is an AnyTool, and a wrong input type is an error', () => {
  const made = tool({ ...named, inputs: z.object({ city: z.string() }), execute: () => 1 });

  expectTypeOf(made).toExtend<AnyTool>();
  // @ts-expect-error: no such type
  tool({ ...named, inputs: { city: { type: 'text', description: '' } }, execute: () => 1 });
});

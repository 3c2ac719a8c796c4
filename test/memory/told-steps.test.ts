import { expect, test } from 'vitest';
import { type MemoryWords, writeMemoryToMessages } from '../../src/memory/messages';
import type { ActionStep } from '../../src/memory/step';
import type { ToldSteps } from '../../src/memory/told-steps';

const words: MemoryWords = { proceed: 'Go on.', retry: 'Try again.', observation: (text) => text };

function stepOf(facts: Partial<ActionStep> = {}): ActionStep {
  return {
    type: 'action',
    number: 1,
    text: 'I look it up.',
    toolCalls: [{ id: 'a', name: 'look_up', arguments: { query: 'tide' } }],
    toolResults: [{ id: 'a', text: 'high' }],
    observations: 'high',
    timing: { startMs: 0, endMs: 0 },
    ...facts,
  };
}

test('a step is told to each model call in the same message objects while nothing in it changes', () => {
  const step = stepOf();
  const toldSteps: ToldSteps = new Map();
  const first = writeMemoryToMessages([step], { words, toldSteps });

  const second = writeMemoryToMessages([step], { words: { ...words }, toldSteps });

  expect(first).toHaveLength(3);
  for (const [index, message] of second.entries()) expect(message).toBe(first[index]);
});

test.each<[string, (step: ActionStep) => void]>([
  ['text', (step) => Object.assign(step, { text: 'changed' })],
  ['observations', (step) => Object.assign(step, { observations: 'changed' })],
  ['an error', (step) => Object.assign(step, { error: { type: 'E', code: 'execution', message: 'changed' } })],
  ['an error in place', ({ error }) => Object.assign(error ?? {}, { message: 'changed' })],
  ['notes', (step) => Object.assign(step, { notes: ['changed'] })],
  ['a repetition', (step) => Object.assign(step, { repeats: 7 })],
  ['a call in place', ({ toolCalls }) => Object.assign(toolCalls[0] ?? {}, { name: 'changed' })],
  ['the arguments of a call', ({ toolCalls }) => Object.assign(toolCalls[0] ?? {}, { arguments: { a: 'changed' } })],
  ['one more call', ({ toolCalls }) => toolCalls.push({ id: 'b', name: 'changed', arguments: {} })],
  ['a result in place', ({ toolResults }) => Object.assign(toolResults?.[0] ?? {}, { text: 'changed' })],
  ['no results', (step) => Object.assign(step, { toolResults: [] })],
  ['a picture taken away', (step) => Object.assign(step, { observationImages: undefined })],
  ['a picture taken away in place', ({ observationImages }) => (observationImages as unknown[] | undefined)?.pop()],
  ['code', (step) => Object.assign(step, { code: 'changed()' })],
])('a change of a step after it was told is told: %s', (_, change) => {
  const step = stepOf({
    error: { type: 'E', code: 'execution', message: 'no' },
    observationImages: [{ type: 'image', url: 'data:,' }],
  });
  const toldSteps: ToldSteps = new Map();
  const before = writeMemoryToMessages([step], { words, toldSteps });

  change(step);

  const after = writeMemoryToMessages([step], { words, toldSteps });
  expect(after).toEqual(writeMemoryToMessages([step], { words }));
  expect(after).not.toEqual(before);
});

test('another way to show observations, and the summary, are told in their own words', () => {
  const step = stepOf();
  const toldSteps: ToldSteps = new Map();
  const plain = writeMemoryToMessages([step], { words, toldSteps });

  const fencing = { ...words, observation: (text: string) => `<data>${text}</data>` };
  const fenced = writeMemoryToMessages([step], { words: fencing, toldSteps });
  const summary = writeMemoryToMessages([step], { words, summaryMode: true, toldSteps });

  expect(plain.at(-1)?.content).toContain('high');
  expect(fenced.at(-1)?.content).toContain('<data>high</data>');
  expect(summary.map(({ role }) => role)).toEqual(['tool-call', 'tool-response']);
});

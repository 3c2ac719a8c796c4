import { describe, expect, test } from 'vitest';
import { AgentConfigurationError } from '../../src/errors';
import { Memory } from '../../src/memory/memory';
import { writeMemoryToMessages } from '../../src/memory/messages';
import type { ActionStep } from '../../src/memory/step';

const timing = { startMs: 1, endMs: 2 };
const step: ActionStep = {
  type: 'action',
  number: 1,
  text: 'I look.',
  toolCalls: [{ id: 'k1', name: 'look', arguments: { at: 'sea' } }],
  toolResults: [{ id: 'k1', output: new Map([['wave', 2n]]), text: 'waves' }],
  observations: 'waves',
  output: new Date(0),
  finalAnswer: Number.NaN,
  usage: { inputTokens: 3, outputTokens: 1 },
  inputMessages: [{ role: 'user', content: 'long history' }],
  timing,
};
const words = { proceed: 'Go on.', retry: 'Try again.', observation: (text: string) => `<data>${text}</data>` };

describe('memory as JSON', () => {
  test('comes back whole, values that JSON has not included, without the messages of each call', () => {
    const memory = new Memory('You are.', [
      { type: 'task', task: 'Look.' },
      { type: 'planning', plan: 'First', timing },
      step,
    ]);

    const copy = Memory.fromJSON(JSON.parse(JSON.stringify(memory)));

    const { inputMessages: _, ...succinct } = step;
    expect(copy.steps).toEqual([
      { type: 'task', task: 'Look.' },
      { type: 'planning', plan: 'First', timing },
      succinct,
    ]);
    expect(copy.systemPrompt).toBe('You are.');
  });

  test('is written also where a tool gave a value that throws when it is read', () => {
    const closed = {
      get body() {
        throw new Error('closed');
      },
    };
    const memory = new Memory('', [
      { ...step, output: closed, toolResults: [{ id: 'k1', output: closed, text: 'x' }] },
    ]);

    const copy = Memory.fromJSON(JSON.parse(JSON.stringify(memory)));

    expect(copy.steps).toMatchObject([{ output: { body: '[Unreadable]' } }]);
  });

  test('is refused by place where a tagged value cannot be read', () => {
    const json = JSON.parse(JSON.stringify(new Memory('', [step])));
    json.steps[0].output = { $: 'bigint', value: 'twelve' };

    const read = () => Memory.fromJSON(json);

    expect(read).toThrow(AgentConfigurationError);
    expect(read).toThrow(/memory\.steps\[0\] holds a value that cannot be read/);
  });

  test.each<[string, (json: Record<string, unknown>) => unknown, RegExp]>([
    [
      'another kind',
      (json) => ({ ...json, kind: 'memory/9' }),
      /memory\.kind is "memory\/9", must be one of "memory\/1"/,
    ],
    ['a missing key', ({ kind, steps }) => ({ kind, steps }), /lacks the key "systemPrompt"/],
    ['an unknown key', (json) => ({ ...json, extra: 1 }), /unknown key "extra"/],
    ['an unknown step', (json) => ({ ...json, steps: [{ type: 'magic' }] }), /memory\.steps\[0\]\.type is "magic"/],
    [
      'a step with a wrong value',
      (json) => ({ ...json, steps: [{ type: 'task', task: 7 }] }),
      /memory\.steps\[0\]\.task is 7, must be a text/,
    ],
    [
      'an error of no known kind',
      (json) => ({
        ...json,
        steps: [
          {
            type: 'action',
            number: 1,
            text: '',
            toolCalls: [],
            timing,
            error: { type: 'AgentError', code: 'agent', message: '', kind: 'bored' },
          },
        ],
      }),
      /memory\.steps\[0\]\.error\.kind is "bored", must be one of "rate_limited"/,
    ],
    [
      'an image of an address that no model should be sent to',
      (json) => ({ ...json, steps: [{ type: 'task', task: '', images: [{ type: 'image', url: 'file:///etc/x' }] }] }),
      /memory\.steps\[0\]\.images\[0\]\.url is "file:\/\/\/etc\/x", must be a text that begins with data:/,
    ],
    ['no object', () => 'cut off', /memory is "cut off", must be an object/],
  ])('%s is refused by name', (_, change, message) => {
    const json = change(JSON.parse(JSON.stringify(new Memory('You are.', [step]))));

    expect(() => Memory.fromJSON(json)).toThrow(AgentConfigurationError);
    expect(() => Memory.fromJSON(json)).toThrow(message);
  });
});

describe('messages', () => {
  test('tell a step as text, its call and its result, which the prompt function marks as data', () => {
    const messages = writeMemoryToMessages([step], { words }, 'You are.');

    expect(messages.map(({ role, content }) => [role, content])).toEqual([
      ['system', 'You are.'],
      ['assistant', 'I look.'],
      [
        'tool-call',
        'Calling tools:\n[{"id":"k1","type":"function","function":{"name":"look","arguments":{"at":"sea"}}}]',
      ],
      ['tool-response', 'Observation:\n<data>waves</data>'],
    ]);
    expect(messages[2]?.toolCalls).toEqual(step.toolCalls);
    expect(messages[3]?.toolResults).toEqual([{ id: 'k1', text: '<data>waves</data>' }]);
  });

  test('tie each error to its call and keep the good results beside it', () => {
    const error = {
      type: 'AgentToolExecutionError',
      code: 'tool_execution' as const,
      message: 'look failed: Error: fog',
    };
    const mixed: ActionStep = {
      ...step,
      toolCalls: [...step.toolCalls, { id: 'k2', name: 'look', arguments: {} }],
      toolResults: [
        { id: 'k1', output: 1, text: 'waves' },
        { id: 'k2', text: error.message, error },
      ],
      error,
    };

    const [, , result, failure] = writeMemoryToMessages([mixed], { words });

    expect(result?.content).toBe('Observation:\n<data>waves</data>');
    expect(failure?.content).toBe('Call id: k2\nError:\n<data>look failed: Error: fog</data>\nTry again.\n');
    expect(failure?.toolResults).toEqual([
      { id: 'k2', text: 'Error:\n<data>look failed: Error: fog</data>\nTry again.' },
    ]);
  });

  test('tell a call that the model wrote as text once, as it wrote it', () => {
    const written: ActionStep = { ...step, text: 'Action:\n{"name": "look", "arguments": {"at": "sea"}}\n\n\n' };

    const messages = writeMemoryToMessages([written], { words });
    const summary = writeMemoryToMessages([written], { words, summaryMode: true });

    expect(messages).toEqual([
      { role: 'assistant', content: 'Action:\n{"name": "look", "arguments": {"at": "sea"}}' },
      { role: 'tool-response', content: 'Observation:\n<data>waves</data>' },
    ]);
    expect(summary[0]).toMatchObject({ role: 'tool-call', content: expect.stringContaining('"look"') });
  });

  test('tell of a step that repeated an earlier one only that it did, without its words', () => {
    const repeated: ActionStep = { ...step, number: 2, repeats: 1, notes: ['try look_closer.'] };

    const messages = writeMemoryToMessages([step, repeated], { words });

    expect(messages.at(-1)).toEqual({
      role: 'tool-response',
      content: expect.stringMatching(/that was step 1 once more\.\nNote: try look_closer\.$/),
    });
    expect(messages.filter(({ content }) => content === 'I look.')).toHaveLength(1);
  });

  test('in summary leave out the system prompt, what the model said, and plans', () => {
    const roles = writeMemoryToMessages(
      [{ type: 'task', task: 'Look.' }, { type: 'planning', plan: 'x', timing }, step],
      { summaryMode: true, words },
      'You are.',
    ).map(({ role }) => role);

    expect(roles).toEqual(['user', 'tool-call', 'tool-response']);
  });
});

test('code() joins the code of all steps and replay() tells the run to people', () => {
  const memory = new Memory('', [
    { type: 'task', task: 'Look.' },
    { ...step, code: 'a()' },
    { ...step, number: 2, code: 'b()', error: { type: 'AgentError', code: 'agent', message: 'no' } },
  ]);

  expect(memory.code()).toBe('a()\n\nb()');
  expect(memory.replay()).toMatch(/Task: Look\.[\s\S]*Step 2[\s\S]*AgentError: no/);
});

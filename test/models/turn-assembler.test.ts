import { expect, test } from 'vitest';
import { TurnAssembler } from '../../src/models/turn-assembler';

const delta = (delta: object, finishReason: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason: finishReason }],
});
const piece = (given: object) => delta({ tool_calls: [given] });

test('two calls whose pieces alternate by index are put together', () => {
  const turn = assembled(
    piece({ index: 0, id: 'a', function: { name: 'add', arguments: '{"a":' } }),
    piece({ index: 1, id: 'b', function: { name: 'upper', arguments: '' } }),
    piece({ index: 0, function: { arguments: '1}' } }),
    piece({ index: 1, function: { arguments: '{}' } }),
  );

  expect(turn.finish().toolCalls).toEqual([
    { id: 'a', name: 'add', arguments: '{"a":1}' },
    { id: 'b', name: 'upper', arguments: '{}' },
  ]);
});

test('pieces without an index follow their id, else the last call', () => {
  const turn = assembled(
    piece({ id: 'a', function: { name: 'add', arguments: '{"a"' } }),
    piece({ function: { arguments: ':1' } }),
    piece({ id: 'b', function: { name: 'add', arguments: '{' } }),
    piece({ id: 'a', function: { arguments: '}' } }),
    piece({ function: { arguments: '}' } }),
    piece({ function: { name: 'upper', arguments: '{}' } }),
  );

  expect(turn.finish().toolCalls).toEqual([
    { id: 'a', name: 'add', arguments: '{"a":1}' },
    { id: 'b', name: 'add', arguments: '{}' },
    { id: '', name: 'upper', arguments: '{}' },
  ]);
});

test('calls that a provider all numbers 0 stay apart, and a name sent again is not doubled', () => {
  const turn = assembled(
    piece({ index: 0, id: 'a', function: { name: 'add', arguments: '{"a":' } }),
    piece({ index: 0, id: 'a', function: { name: 'add', arguments: '1}' } }),
    piece({ index: 0, id: 'b', function: { name: 'upper', arguments: { text: 'x' } } }),
  );

  expect(turn.finish().toolCalls).toEqual([
    { id: 'a', name: 'add', arguments: '{"a":1}' },
    { id: 'b', name: 'upper', arguments: { text: 'x' } },
  ]);
});

test('calls of a whole completion stay apart without index and with equal ids', () => {
  const call = { id: 'same', type: 'function', function: { name: 'add', arguments: '{}' } };
  const turn = assembled({
    choices: [{ message: { content: null, tool_calls: [call, call] }, finish_reason: 'tool_calls' }],
  });

  const reply = turn.finish();

  expect(reply).toMatchObject({ content: null, finishReason: 'tool_calls' });
  expect(reply.toolCalls).toHaveLength(2);
});

test('of several usages the last counts, with its parts', () => {
  const turn = assembled(
    { ...delta({ content: 'a' }), usage: { prompt_tokens: 10, completion_tokens: 1 } },
    { ...delta({ content: 'b' }, 'stop'), usage: null },
    {
      choices: [],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 2,
        prompt_tokens_details: { cached_tokens: 8 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    },
    { choices: [] },
  );

  expect(turn.finish().usage).toEqual({ inputTokens: 10, outputTokens: 2, cachedTokens: 8, reasoningTokens: 1 });
});

test('a reply without usage has none, and one without content has null', () => {
  const turn = assembled(delta({ role: 'assistant', content: null }), delta({}, 'stop'));

  expect(turn.finish()).toEqual({ content: null, toolCalls: [], finishReason: 'stop' });
});

test('reasoning is kept apart under both of its names and not doubled', () => {
  const turn = new TurnAssembler();

  const pieces = [
    ...turn.add(delta({ reasoning_content: 'Let me', reasoning: 'Let me' })),
    ...turn.add(delta({ reasoning: ' see.' })),
    ...turn.add(delta({ content: 'Three.' }, 'stop')),
  ];

  expect(pieces.map(({ type }) => type)).toEqual(['reasoning', 'reasoning', 'text']);
  expect(turn.finish()).toMatchObject({ reasoning: 'Let me see.', content: 'Three.' });
});

test('a reply that a content filter emptied is a failure, one that it only shortened is not', () => {
  const emptied = assembled(delta({ content: '' }, 'content_filter'));
  const shortened = assembled(delta({ content: 'Half' }, 'content_filter'));

  expect(() => emptied.finish()).toThrow(expect.objectContaining({ kind: 'content_filter', retryable: false }));
  expect(shortened.finish()).toMatchObject({ content: 'Half', finishReason: 'content_filter' });
});

function assembled(...objects: Record<string, unknown>[]): TurnAssembler {
  const turn = new TurnAssembler();
  for (const object of objects) turn.add(object);
  return turn;
}

test('a name that comes in two pieces is put together, also where the last one brings arguments', () => {
  const turn = assembled(
    piece({ index: 0, id: 'a', function: { name: 'final_' } }),
    piece({ index: 0, function: { name: 'answer', arguments: '{"ans' } }),
    piece({ index: 0, function: { arguments: 'wer":1}' } }),
  );

  expect(turn.finish().toolCalls).toEqual([{ id: 'a', name: 'final_answer', arguments: '{"answer":1}' }]);
});

test('a name that is sent whole again, or longer each time, is not doubled', () => {
  const turn = assembled(
    piece({ index: 0, id: 'a', function: { name: 'web_' } }),
    piece({ index: 0, function: { name: 'web_search' } }),
    piece({ index: 0, function: { name: 'web_search', arguments: '{}' } }),
    piece({ index: 0, function: { name: 'web_search', arguments: '' } }),
  );

  expect(turn.finish().toolCalls).toEqual([{ id: 'a', name: 'web_search', arguments: '{}' }]);
});

test('a `function_call`, as older servers send it, is a tool call: whole and in pieces', () => {
  const call = { name: 'add', arguments: '{"a":1}' };
  const whole = assembled({
    choices: [{ message: { content: null, function_call: call }, finish_reason: 'function_call' }],
  });
  const pieces = assembled(
    delta({ function_call: { name: 'add', arguments: '' } }),
    delta({ function_call: { arguments: '{"a":' } }),
    delta({ function_call: { arguments: '1}' } }, 'function_call'),
  );

  const expected = [{ id: '', ...call }];
  expect([whole.finish().toolCalls, pieces.finish().toolCalls]).toEqual([expected, expected]);
});

test('a `function_call` that is null or empty is none', () => {
  const turn = assembled(delta({ content: 'Hi.', function_call: {} }), delta({ function_call: null }, 'stop'));

  expect(turn.finish()).toMatchObject({ content: 'Hi.', toolCalls: [] });
});

test('a `function_call` beside tool calls says the same again and is left out', () => {
  const call = { name: 'add', arguments: '{}' };
  const message = { content: null, tool_calls: [{ id: 'a', function: call }], function_call: call };

  expect(assembled({ choices: [{ message }] }).finish().toolCalls).toEqual([{ id: 'a', ...call }]);
});

test('a refusal without content ends the call as filtered, in pieces and whole', () => {
  const whole = assembled({ choices: [{ message: { content: null, refusal: 'I cannot.' }, finish_reason: 'stop' }] });
  const pieces = assembled(delta({ refusal: 'I can' }), delta({ refusal: 'not.' }, 'stop'));

  for (const turn of [whole, pieces]) expect(() => turn.finish()).toThrow('the model refused: I cannot.');
});

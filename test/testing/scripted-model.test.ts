import { expect, test } from 'vitest';
import type { ModelPart, ModelRequest } from '../../src/models/model';
import {
  call,
  calls,
  code,
  failure,
  finalAnswer,
  type ScriptedModel,
  scriptedModel,
  servePages,
  streamed,
  text,
  virtualClock,
} from '../../src/testing/index';

test('replies come in order, with ids made from the numbers of reply and call', async () => {
  const model = scriptedModel(text('hm'), calls(['add', { a: 1 }], ['add', { a: 2 }, 'own']), finalAnswer(3));

  const replies = [await replyOf(model), await replyOf(model), await replyOf(model)];

  expect(replies.map((reply) => reply?.content)).toEqual(['hm', null, null]);
  expect(replies.flatMap((reply) => reply?.toolCalls)).toEqual([
    { id: 'call_2_1', name: 'add', arguments: { a: 1 } },
    { id: 'own', name: 'add', arguments: { a: 2 } },
    { id: 'call_3_1', name: 'final_answer', arguments: { answer: 3 } },
  ]);
});

test('a call after the last entry names the call, and is counted where nobody hears of the error', async () => {
  const model = scriptedModel(code('1'));
  await replyOf(model);

  const late = replyOf(model);

  await expect(late).rejects.toThrow('no entry for call 2: its script ends at 1');
  expect(model.callsWithoutEntry).toBe(1);
});

test('what the model was asked stays as it was, whatever happens to the list of messages later', async () => {
  const model = scriptedModel(call('add', {}));
  const messages = [{ role: 'user' as const, content: 'one' }];
  await parts(model, { messages });

  messages.push({ role: 'user', content: 'two' });

  expect(model.requests.map((request) => request.messages.length)).toEqual([1]);
});

test('a streamed reply shows each piece that holds text and is put together at its end', async () => {
  const model = scriptedModel(
    streamed(
      'Loo',
      'king.',
      { toolCalls: [{ index: 1, id: 'k2', name: 'b', arguments: '{' }] },
      {
        toolCalls: [
          { index: 0, id: 'k1', name: 'a', arguments: '{}' },
          { index: 1, arguments: '}' },
        ],
      },
      { content: '', usage: { inputTokens: 1, outputTokens: 1 } },
      { usage: { inputTokens: 3, outputTokens: 2 } },
    ),
  );

  const shown = await parts(model, { stream: true });

  expect(shown.map((part) => (part.type === 'reply' ? part.reply : part))).toEqual([
    { type: 'text', text: 'Loo' },
    { type: 'text', text: 'king.' },
    {
      content: 'Looking.',
      toolCalls: [
        { id: 'k1', name: 'a', arguments: '{}' },
        { id: 'k2', name: 'b', arguments: '{}' },
      ],
      usage: { inputTokens: 3, outputTokens: 2 },
      finishReason: 'tool_calls',
    },
  ]);
});

test('a failure is thrown as it is, after the pieces that came before it', async () => {
  const model = scriptedModel({ ...streamed('so far'), ...failure('503 upstream') });
  const shown: ModelPart[] = [];

  const broken = (async () => {
    for await (const part of model.generate(request({ stream: true }))) shown.push(part);
  })();

  await expect(broken).rejects.toThrow('503 upstream');
  expect(shown).toEqual([{ type: 'text', text: 'so far' }]);
});

test('a delay passes on the clock of the request, and an abort ends it with its reason', async () => {
  const clock = virtualClock();
  const controller = new AbortController();
  const model = scriptedModel({ ...text('slow'), delayMs: 250 }, { ...text('never'), delayMs: 250 });

  await parts(model, { clock });
  const aborted = parts(model, { clock, signal: controller.signal });
  controller.abort('enough');

  await expect(aborted).rejects.toBe('enough');
  expect([clock.now(), clock.pending]).toEqual([250, 0]);
});

async function parts(model: ScriptedModel, some: Partial<ModelRequest> = {}): Promise<ModelPart[]> {
  const list: ModelPart[] = [];
  for await (const part of model.generate(request(some))) list.push(part);
  return list;
}

async function replyOf(model: ScriptedModel) {
  return (await parts(model)).flatMap((part) => (part.type === 'reply' ? [part.reply] : []))[0];
}

function request(some: Partial<ModelRequest>): ModelRequest {
  return {
    messages: [],
    stream: false,
    signal: new AbortController().signal,
    fetch: servePages({}),
    clock: virtualClock(),
    ...some,
  };
}

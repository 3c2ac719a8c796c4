import { describe, expect, test } from 'vitest';
import { HfApiModel } from '../../src/models/hf-api-model';
import type { Model, ModelPart } from '../../src/models/model';
import type { ChatModelOptions } from '../../src/models/model-options';
import { OpenAIModel } from '../../src/models/openai-model';
import { type Answer, chatServer, chunk, DONE } from '../fakes/chat-server';
import { collect, modelRequest } from '../fakes/model-request';
import { virtualClock } from '../fakes/virtual-clock';

const KEY = 'hf_TESTKEY_do_not_leak';
const _cutPiece = chunk({ content: 'GARBLED ' });
const _goodStream: Answer = { events: [chunk({ content: 'good' }), chunk({}, 'stop'), DONE] };

type Maker = (url: string, options: ChatModelOptions) => Model;
const openai: Maker = (url, options) => new OpenAIModel({ modelId: 'm', apiBase: url, apiKey: KEY, ...options });
const huggingFace: Maker = (url, options) => new HfApiModel({ modelId: 'm', endpointUrl: url, token: KEY, ...options });

describe.each([
  ['OpenAIModel', openai],
  ['HfApiModel', huggingFace],
])('%s', (_, make) => {
  test('a server that does not answer, or falls silent, times out on the clock and is hung up on', async () => {
    const clock = virtualClock();
    const server = await chatServer('silence', { events: [chunk({ content: 'x' })], end: 'hang' });
    const model = make(server.url, { requestTimeoutMs: 1_111, idleTimeoutMs: 2_222, maxRetries: 1, random: () => 0.5 });
    const parts: ModelPart[] = [];
    const generated = (async () => {
      for await (const part of model.generate(modelRequest({ clock, stream: true }))) {
        parts.push(part);
        if (part.type === 'text') clock.asleep(2_222).then(() => clock.advance(2_222));
      }
    })();
    generated.catch(() => {});

    await server.received(1);
    clock.advance(1_111);
    await clock.asleep(250);
    clock.advance(250);
    await expect(generated).rejects.toMatchObject({ kind: 'timeout' });

    await Promise.all([server.hungUp(1), server.hungUp(2)]);
    expect(parts.map(({ type }) => type)).toEqual(['retry', 'text']);
    expect(clock.sleepers).toBe(0);
  });

  test('an abort throws its reason and hangs up, before the head and in the middle of a stream', async () => {
    const server = await chatServer('silence', { events: [chunk({ content: 'x' })], end: 'hang' });
    const [first, second] = [new AbortController(), new AbortController()];
    const clock = virtualClock();

    const early = collect(make(server.url, {}).generate(modelRequest({ signal: first.signal, clock })));
    await server.received(1);
    first.abort('early');
    await expect(early).rejects.toBe('early');
    const stream = make(server.url, {}).generate(modelRequest({ signal: second.signal, stream: true, clock }));
    await stream[Symbol.asyncIterator]().next();
    second.abort('late');

    await expect(collect(stream)).rejects.toBe('late');
    await Promise.all([server.hungUp(1), server.hungUp(2)]);
    expect(clock.sleepers).toBe(0);
  });

  test('a reader who leaves hangs up', async () => {
    const clock = virtualClock();
    const server = await chatServer({ events: [chunk({ content: 'x' })], end: 'hang' });

    for await (const part of make(server.url, {}).generate(modelRequest({ stream: true, clock }))) {
      if (part.type === 'text') break;
    }

    await server.hungUp(1);
    expect(clock.sleepers).toBe(0);
  });

  test('a reader who leaves cancels the body, also of a fetch that heeds no signal', async () => {
    let cancelled = false;
    const start = new TextEncoder().encode(chunk({ content: 'x' }));
    const body = new ReadableStream({
      start: (stream) => stream.enqueue(start),
      cancel: () => {
        cancelled = true;
      },
    });
    const deaf = async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } });

    for await (const part of make('http://127.0.0.1', {}).generate(modelRequest({ stream: true, fetch: deaf }))) {
      if (part.type === 'text') break;
    }

    expect(cancelled).toBe(true);
  });
});

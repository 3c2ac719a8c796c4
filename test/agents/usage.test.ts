import { expect, test } from 'vitest';
import type { RunResult } from '../../src/agents/agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { HfApiModel } from '../../src/models/hf-api-model';
import type { Model } from '../../src/models/model';
import { OpenAIModel } from '../../src/models/openai-model';
import { call, finalAnswer, scriptedModel } from '../../src/testing';
import { chatServer, chunk, DONE } from '../fakes/chat-server';
import { pay } from '../fakes/small-tools';
import { priced } from '../fakes/spending';

const answer = {
  tool_calls: [{ index: 0, id: 'f', type: 'function', function: { name: 'final_answer', arguments: '{"answer":1}' } }],
};
const usage = (input: number, output: number) => ({ usage: { prompt_tokens: input, completion_tokens: output } });
const models: readonly (readonly [string, (url: string) => Model])[] = [
  ['OpenAIModel', (url) => new OpenAIModel({ modelId: 'm', apiBase: url, retryBaseMs: 0 })],
  ['HfApiModel', (url) => new HfApiModel({ endpointUrl: url, token: 'hf_key', retryBaseMs: 0 })],
];

test.each(models)(
  '%s counts usage once: running totals of a stream, and not those of attempts that failed',
  async (_name, make) => {
    const server = await chatServer(
      { events: [chunk(answer, null, usage(10, 1)), chunk({}, null, usage(10, 2))], end: 'reset' },
      { status: 500, json: { error: 'x', ...usage(900, 900) } },
      {
        events: [
          chunk(answer, null, usage(20, 1)),
          chunk({}, 'tool_calls', usage(20, 4)),
          chunk({}, null, usage(20, 5)),
          DONE,
        ],
      },
    );
    const prices: number[] = [];
    const price = ({ outputTokens }: { outputTokens: number }) => {
      prices.push(outputTokens);
      return outputTokens;
    };

    const result = await new ToolCallingAgent({ model: make(server.url), streamOutputs: true }).run('Go.', {
      returnFullResult: true,
      budget: { price },
    });

    expect(server.requests).toHaveLength(3);
    expect(result).toMatchObject({ usage: { inputTokens: 20, outputTokens: 5 }, spent: { tokens: 25, cost: 5 } });
    expect(prices).toEqual([5]);
  },
);

test('the usage of a run that waits has the reply of the step that waits, and counts it once when it goes on', async () => {
  const agent = new ToolCallingAgent({
    model: scriptedModel(priced(call('pay', {}, 'p')), priced(finalAnswer(1))),
    tools: [pay],
  });
  const waiting = await agent.run<RunResult>('Go.', { returnFullResult: true });
  const saved = JSON.parse(JSON.stringify(await waiting.save()));

  const ended = await agent.resume(saved, { answers: { p: { allow: true } } }).result;

  expect(waiting).toMatchObject({ usage: { inputTokens: 60, outputTokens: 40 }, spent: { tokens: 100 } });
  expect(saved.result.usage).toEqual({ inputTokens: 60, outputTokens: 40 });
  expect(ended).toMatchObject({ usage: { inputTokens: 120, outputTokens: 80 }, spent: { tokens: 200 } });
});

test('a manager whose managed agent waits has its tokens in the inclusive usage', async () => {
  const member = new ToolCallingAgent({
    model: scriptedModel(priced(call('pay', {}))),
    tools: [pay],
    name: 'member',
    description: 'Pays.',
  });
  const model = scriptedModel(priced(call('member', { task: 'Pay.' })));

  const waiting = await new ToolCallingAgent({ model, managedAgents: [member] }).run<RunResult>('Go.', {
    returnFullResult: true,
  });

  expect(waiting).toMatchObject({
    usage: { inputTokens: 60, outputTokens: 40 },
    inclusiveUsage: { inputTokens: 120, outputTokens: 80 },
    spent: { tokens: 200 },
  });
});

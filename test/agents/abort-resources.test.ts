import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { OpenAIModel } from '../../src/models/openai-model';
import { runtime } from '../../src/runtimes/node';
import { code, collectEvents, scriptedModel } from '../../src/testing';
import { tool } from '../../src/tools/tool';
import { type Answer, chatServer, chunk } from '../fakes/chat-server';
import { countingExecutor } from '../fakes/counting-executor';

const silences: readonly (readonly [string, Answer])[] = [
  ['a request without an answer', 'silence'],
  ['a stream that has fallen silent', { events: [chunk({ content: 'x' })], end: 'hang' }],
];

test.each(silences)('an abort hangs up on %s, and leaves no timer', async (_what, answer) => {
  const server = await chatServer(answer);
  const model = new OpenAIModel({ modelId: 'm', apiBase: server.url });
  const run = new ToolCallingAgent({ model, streamOutputs: answer !== 'silence' }).stream('Go.');
  server.received(1).then(() => run.abort('enough'));
  const before = timers();

  const { error } = await collectEvents(run);

  await server.hungUp(1);
  expect(error).toMatchObject({ kind: 'aborted' });
  expect(timers()).toBeLessThanOrEqual(before);
});

test('an abort closes a sandbox whose code spins, and one whose code waits', async () => {
  const executor = countingExecutor(await runtime.executor());
  let begin = () => {};
  const start = tool({ name: 'start', description: 'Starts.', inputs: {}, execute: () => begin() });
  const never = tool({ name: 'never', description: 'Never ends.', inputs: {}, execute: () => new Promise(() => {}) });
  const states: unknown[] = [];

  for (const rest of ['for (;;) {}', 'await never();']) {
    const model = scriptedModel(code(`await start(); ${rest}`));
    const run = new CodeAgent({ model, tools: [start, never], executor }).stream('Go.');
    begin = () => void setImmediate(() => run.abort('enough'));
    states.push((await collectEvents(run)).error);
  }

  expect(states).toEqual([expect.objectContaining({ kind: 'aborted' }), expect.objectContaining({ kind: 'aborted' })]);
  expect(executor.count()).toBe(0);
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

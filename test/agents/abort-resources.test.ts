import { expect, test } from 'vitest';
import type { AgentRun } from '../../src/agents/agent';
import { CodeAgent } from '../../src/agents/code-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { OpenAIModel } from '../../src/models/openai-model';
import { runtime } from '../../src/runtimes/node';
import { call, code, collectEvents, finalAnswer, scriptedModel } from '../../src/testing';
import { type AnyTool, type ToolHandle, tool } from '../../src/tools/tool';
import { type Answer, chatServer, chunk } from '../fakes/chat-server';
import { countingExecutor } from '../fakes/counting-executor';
import { servePages } from '../fakes/page-server';
import { virtualClock } from '../fakes/virtual-clock';

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

const makers = {
  calls: (deed: AnyTool) => new ToolCallingAgent({ model: scriptedModel(call('deed', {})), tools: [deed] }),
  code: (deed: AnyTool) => new CodeAgent({ model: scriptedModel(code('await deed()')), tools: [deed] }),
};

test.each([
  ['calls', 'head'],
  ['calls', 'body'],
  ['code', 'head'],
  ['code', 'body'],
] as const)(
  'an abort hangs up on what a tool by %s asks without a signal, while it waits for the %s',
  async (kind, silent) => {
    let hungUp = () => {};
    const closed = new Promise<void>((resolve) => {
      hungUp = resolve;
    });
    let run: AgentRun | undefined;
    const server = await servePages((_request, response) => {
      response.on('close', hungUp);
      if (silent === 'body') response.write('x');
      setImmediate(() => run?.abort('enough'));
    });
    const deed = plainTool(async ({ fetch }) => (await fetch(server.origin)).text());
    run = makers[kind](deed).stream('Go.');

    const { error } = await collectEvents(run);

    await closed;
    expect(error).toMatchObject({ kind: 'aborted' });
    await server.close();
  },
);

test('a request and a wait of a tool end by a signal of their own as well', async () => {
  const ends: unknown[] = [];
  const deed = plainTool(async ({ fetch, clock }) => {
    const signal = AbortSignal.abort('its own');
    const request = new Request('http://127.0.0.1:1/', { signal });
    for (const asked of [fetch(request), fetch('http://127.0.0.1:1/', { signal }), clock.sleep(60_000, signal)])
      ends.push(await asked.catch((reason: unknown) => reason));
  });

  await new ToolCallingAgent({ model: scriptedModel(call('deed', {}), finalAnswer(1)), tools: [deed] }).run('Go.');

  expect(ends).toEqual(['its own', 'its own', 'its own']);
});

test.each(['calls', 'code'] as const)('an abort ends a wait that a tool by %s made without a signal', async (kind) => {
  const clock = virtualClock();
  const run = makers[kind](plainTool((handle) => handle.clock.sleep(77))).stream('Go.', { clock });
  clock.asleep(77).then(() => run.abort('enough'));

  const { error } = await collectEvents(run);

  expect(error).toMatchObject({ kind: 'aborted' });
  expect(clock.sleepers).toBe(0);
});

function plainTool(execute: (handle: ToolHandle) => unknown): AnyTool {
  return tool({ name: 'deed', description: 'Does it.', inputs: {}, execute: (_, handle) => execute(handle) });
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

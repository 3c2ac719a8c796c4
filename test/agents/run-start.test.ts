import { expect, test } from 'vitest';
import type { AgentEvent, AgentRun, RunOptions } from '../../src/agents/agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { finalAnswer, scriptedModel } from '../../src/testing';

const agent = () => new ToolCallingAgent({ model: scriptedModel(finalAnswer(1)) });

/** What a reader of the run sees, and what it throws. */
async function read(start: () => AgentRun): Promise<{ events: AgentEvent['type'][]; error: unknown }> {
  const events: AgentEvent['type'][] = [];
  try {
    for await (const { type } of start()) events.push(type);
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

const unreadable = new Blob(['x'], { type: 'image/png' });
unreadable.arrayBuffer = () => Promise.reject(new Error('the disk is gone'));

test.each<[string, RunOptions]>([
  ['a picture of no known kind', { images: [7 as never] }],
  ['a picture that cannot be read', { images: [unreadable] }],
  ['an unknown option', { speed: 1 } as RunOptions],
  ['a budget that is none', { budget: { steps: -1 } }],
  ['a number of steps that is none', { maxSteps: 0.5 }],
])('%s is thrown before any event, and the next run works', async (_, options) => {
  const asked = agent();

  const { events, error } = await read(() => asked.stream('Go.', options));

  expect(error).toBeInstanceOf(Error);
  expect(events).toEqual([]);
  expect(await asked.run('Go.')).toBe(1);
});

test('a saved run that is refused is thrown before any event', async () => {
  const { events, error } = await read(() => agent().resume({ kind: 'run/2' }));

  expect(error).toMatchObject({ name: 'AgentConfigurationError' });
  expect(events).toEqual([]);
});

test('an abort while pictures are read is thrown before any event', async () => {
  const never = new Blob(['x'], { type: 'image/png' });
  never.arrayBuffer = () => new Promise(() => {});
  const aborter = new AbortController();
  const reading = read(() => agent().stream('Look.', { images: [never], signal: aborter.signal }));

  setImmediate(() => aborter.abort('enough'));

  expect(await reading).toMatchObject({ events: [], error: { kind: 'aborted' } });
});

test('an abort before the first read is a run that begins and ends', async () => {
  const { events, error } = await read(() => agent().stream('Go.', { signal: AbortSignal.abort('too late') }));

  expect(events).toEqual(['run-start', 'run-end']);
  expect(error).toMatchObject({ kind: 'aborted' });
});

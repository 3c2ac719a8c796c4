import { expect, test } from 'vitest';
import type { LogRecord } from '../../src/agents/agent';
import { CodeAgent } from '../../src/agents/code-agent';
import { ManagedAgent } from '../../src/agents/managed-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import type { Model } from '../../src/models/model';
import { collectEvents } from '../../src/testing/collect-events';
import { recordRun } from '../../src/testing/record-run';
import { recordedParts } from '../../src/testing/recorded-parts';
import { replayRun } from '../../src/testing/replay-run';
import { call, code, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { tool } from '../../src/tools/tool';
import type { Fetch } from '../../src/web/fetch';

const tide = tool({
  name: 'tide',
  description: 'Tide of a harbour.',
  inputs: { harbour: { type: 'string', description: 'Its name.' } },
  execute: async ({ harbour }: { harbour: string }, { fetch }) =>
    (await fetch('https://tides.example/', { method: 'POST', body: harbour })).text(),
});
const tides: Fetch = async (input, init) => new Response(`tide of ${await new Request(input, init).text()}`);
const script = () =>
  scriptedModel(call('tide', { harbour: 'Orrin' }), call('tide', { harbour: 'Skerry' }), finalAnswer('3 m'));
const recorded = () =>
  recordRun(new ToolCallingAgent({ model: script(), tools: [tide] }), 'How high?', { fetch: tides });

test('a run with ids of its own is answered by the recording, and so is one that goes on from its middle', async () => {
  const file = await recorded();
  const log: LogRecord[] = [];
  const [whole, rest] = [recordedParts(file), recordedParts(file)];

  const output = await new ToolCallingAgent({ model: whole.model, tools: [tide] }).run('How high?', {
    fetch: whole.fetch,
    log: (entry) => void log.push(entry),
  });
  const firstStep = log.findIndex(({ type }) => type === 'step') + 1;
  const resumed = new ToolCallingAgent({ model: rest.model, tools: [tide] }).resume(log.slice(0, firstStep), {
    fetch: rest.fetch,
  });

  expect(output).toBe('3 m');
  expect(await resumed.result).toMatchObject({ state: 'success', output: '3 m' });
});

test('another task, and a request that was not recorded, are refused with what the recording is of', async () => {
  const { model, fetch } = recordedParts(await recorded());

  const run = new ToolCallingAgent({ model, tools: [tide] }).run('How low?', { fetch });

  await expect(run).rejects.toMatchObject({
    name: 'AgentGenerationError',
    message: expect.stringContaining('it is of the task "How high?"'),
  });
  await expect(fetch('https://tides.example/', { method: 'POST', body: 'Elsewhere' })).rejects.toThrow(
    'This run is a recording: a tool asked for POST https://tides.example/',
  );
});

test('in a branch in which a call is not made any more, the calls after it are given the words and answers that were their own', async () => {
  const team = (managerModel: Model, helperModel: Model) => {
    const helper = new ToolCallingAgent({ model: helperModel, tools: [tide] });
    return new CodeAgent({
      model: managerModel,
      managedAgents: [new ManagedAgent({ agent: helper, name: 'helper', description: 'Helps.' })],
    });
  };
  const steps = ['console.log(await helper("How high?"))', 'final_answer(await helper("How high?"))'].map(code);
  const asked = call('tide', { harbour: 'Orrin' });
  const original = () =>
    team(scriptedModel(...steps), scriptedModel(asked, finalAnswer('low'), asked, finalAnswer('high')));
  let asks = 0;
  const changing: Fetch = async () => new Response(asks++ === 0 ? 'Nobody is in.' : 'It is high.');
  const file = await recordRun(original(), 'How high?', { fetch: changing });
  const log: LogRecord[] = [];
  await replayRun(original(), file, { log: (entry) => void log.push(entry) }).result;
  const { model, ...world } = recordedParts(file);

  const branch = team(model, model).fork(log, 1, { results: { c1: 'edited' } }, world);
  const { events } = await collectEvents(branch);

  const told = events.flatMap((event) => (event.type === 'tool-result' ? [event.result.output] : []));
  expect(told).toContain('It is high.');
  expect(told).not.toContain('Nobody is in.');
  expect(await branch.result).toMatchObject({ output: expect.stringContaining('high') });
});

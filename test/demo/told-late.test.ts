import { expect, test } from 'vitest';
import { toldLate } from '../../demo/page/told-late';
import type { AgentEvent } from '../../src/agents/agent';

const run = { runId: 'r', path: ['agent'] };
const inner = { runId: 'r/c1', path: ['agent', 'helper'] };
const ended = (of: typeof run, number: number, startMs: number, endMs: number): AgentEvent => ({
  ...of,
  type: 'step',
  step: { type: 'action', number, text: '', toolCalls: [], timing: { startMs, endMs } },
});
const call = (of: typeof run, step: number): AgentEvent => ({
  ...{ ...of, type: 'tool-call', step },
  call: { id: 'c1', name: 'search', arguments: {} },
});

/** How long the model took in each step as it is told, for events that come at these times. */
async function modelTimes(events: readonly (readonly [cameMs: number, event: AgentEvent])[]) {
  let nowMs = 0;
  async function* come() {
    for (const [cameMs, event] of events) {
      nowMs = cameMs;
      yield event;
    }
  }
  const told: (number | undefined)[] = [];
  for await (const { event, times } of toldLate(come(), () => nowMs))
    if (event.type === 'step') told.push(times?.modelMs);
  return told;
}

test('of a step whose events all come at once it is told a time of the model, and not that it took none', async () => {
  const told = await modelTimes([
    [5, call(run, 1)],
    [5, ended(run, 1, 1000, 5000)],
    [5, ended(run, 2, 5000, 9000)],
  ]);

  expect(told).toEqual([2000, 4000]);
});

test('where a managed agent worked in such a step, the model of the step was done when that began', async () => {
  const told = await modelTimes([
    [5, call(run, 1)],
    [5, ended(inner, 1, 1600, 4000)],
    [5, ended(run, 1, 1000, 5000)],
    [5, call(run, 2)],
    [5, ended(run, 2, 5000, 9000)],
  ]);

  expect(told).toEqual([2400, 600, 2000]);
});

test('a step whose events come as they happen has the times at which they came', async () => {
  const told = await modelTimes([
    [1000, call(run, 1)],
    [4000, ended(run, 1, 501_000, 504_500)],
  ]);

  expect(told).toEqual([undefined]);
});

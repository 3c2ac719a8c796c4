import { expect, test } from 'vitest';
import type { Behaviour } from '../../scripts/cases/conformance/case';
import { play } from '../../scripts/cases/conformance/play';
import { conformancePlayer } from '../../scripts/cases/conformance/player';
import { type ToolRun, toTool } from '../../scripts/cases/conformance/tools';
import { watchRejectionsOfProcess } from '../../scripts/cases/process-rejections';
import { servePages, virtualClock } from '../../src/testing/index';
import { toolHandle } from '../fakes/tool-handle';

test.each<[Behaviour, unknown]>([
  [{ kind: 'return', value: [1, { a: null }] }, [1, { a: null }]],
  [{ kind: 'return' }, null],
  [{ kind: 'template', template: '{b} and {a}, {c}' }, 'x and 2, {c}'],
  [{ kind: 'echo', arg: 'b' }, 'x'],
  [{ kind: 'add' }, Number.NaN],
  [{ kind: 'throw_if', arg: 'a', equals: 3, message: 'no', else: { kind: 'echo', arg: 'a' } }, 2],
  [delay(500, { kind: 'echo', arg: 'a' }), 2],
  [{ kind: 'delay', ms_arg: 'a' }, null],
])('%j gives %j', async (behaviour, expected) => {
  const given = await call(behaviour);

  expect(given.output).toEqual(expected);
  expect(given.runs).toEqual([{ tool: 'probe', args: { a: 2, b: 'x' } }]);
});

test('a delay passes on the clock of the run', async () => {
  const clock = virtualClock();

  await call(delay(1_500, { kind: 'delay', ms_arg: 'a' }), clock);

  expect(clock.now()).toBe(1_502);
});

test.each<Behaviour>([
  { kind: 'throw', message: 'mast broke' },
  { kind: 'throw_if', arg: 'a', equals: 2, message: 'mast broke' },
])('%j throws its message', async (behaviour) => {
  await expect(call(behaviour)).rejects.toThrow('mast broke');
});

test('a picture is a PNG of its size', async () => {
  const { output } = await call({ kind: 'image', w: 3, h: 2 });

  const { url } = output as { url: string };
  const bytes = new DataView(await (await fetch(url)).arrayBuffer());
  expect([bytes.getUint32(0), bytes.getUint32(16), bytes.getUint32(20)]).toEqual([0x89504e47, 3, 2]);
});

test.each<[Behaviour, string]>([
  [{ kind: 'echo' }, 'tool probe: behaviour: echo needs arg'],
  [{ kind: 'template' }, 'tool probe: behaviour: template needs template'],
  [{ kind: 'add', arg: 'a' }, 'tool probe: behaviour: arg has no meaning for add'],
  [{ kind: 'delay' }, 'tool probe: behaviour: delay needs ms or ms_arg'],
  [delay(1, { kind: 'throw', value: 1 }), 'tool probe: behaviour.then: value has no meaning for throw'],
])('%j is refused by name', async (behaviour, message) => {
  await expect(call(behaviour)).rejects.toThrow(message);
});

test.each<[string, object, string]>([
  ['without a task', { task: undefined }, 'a case needs `task` or `runs`'],
  ['without runs', { runs: [] }, '`runs` is empty'],
  [
    'with a clock but no limit',
    { expect: { max_seconds_clock: 'real' } },
    'max_seconds_clock without max_seconds says nothing',
  ],
  ['with a pair that is none', { expect: { call_mentions: [['1', 'x']] } }, '["1","x"] is not [number, text]'],
  ['without an expectation', { expect: {} }, 'a case without an expectation checks nothing'],
  ['with a managed agent without a name', { managed_agents: [{ agent: 'code' }] }, 'a managed agent needs a name'],
  [
    'with a check that fits nothing',
    { options: { final_answer_checks: [{ name: 'x', kind: 'equals' }] } },
    'check x: equals needs a value',
  ],
])('a case %s is refused by name', async (_what, change, message) => {
  const item = { id: 'x', agent: 'tool-calling', task: 'Go.', script: [finish], expect: { final: 1 }, ...change };

  const outcome = conformancePlayer.play(item, {
    runtime: 'node',
    realTimeFactor: 1,
    watchRejections: watchRejectionsOfProcess,
  });

  await expect(outcome).rejects.toThrow(message);
});

test('a check bears the name that the model is told', async () => {
  const checks = [{ name: 'harbour master', kind: 'throws', value: 'not today' } as const];

  const { last } = await play({
    id: 'x',
    agent: 'tool-calling',
    task: 'Go.',
    options: { max_steps: 1, final_answer_checks: checks },
    script: [finish],
  });

  expect(last.result?.steps[1]).toMatchObject({ error: { message: expect.stringContaining('harbour master') } });
});

const finish = { tool_calls: [{ id: 'k', name: 'final_answer', arguments: { answer: 1 } }] };

/** Read as JSON, as a file would be: no object of the code's own has a `then`. */
function delay(ms: number, then: Behaviour): Behaviour {
  return JSON.parse(`{"kind": "delay", "ms": ${ms}, "then": ${JSON.stringify(then)}}`);
}

async function call(behaviour: Behaviour, clock = virtualClock()): Promise<{ output: unknown; runs: ToolRun[] }> {
  const runs: ToolRun[] = [];
  const inputs = { a: { type: 'integer' }, b: { type: 'string' } } as const;
  const tool = toTool({ name: 'probe', inputs, behaviour }, (run) => runs.push(run));
  const output = await tool.execute({ a: 2, b: 'x' }, toolHandle({ clock, fetch: servePages({}) }));
  return { output, runs };
}

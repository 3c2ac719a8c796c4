import { expect, test } from 'vitest';
import { CodeAgent, ManagedAgent } from '../../src/index';
import { code, scriptedModel } from '../../src/testing/scripted-model';
import { wordOf } from '../../src/trace-viewer/row-view';
import { LiveTrace } from '../../src/trace-viewer/rows/live-trace';
import type { TraceRow } from '../../src/trace-viewer/trace';
import { LABELS } from '../../src/trace-viewer/viewer-labels';

/** The rows that have a word, each as `kind word`, in the order of the tree. */
function words(rows: readonly TraceRow[]): string[] {
  return rows.flatMap((row) => {
    const word = wordOf(row, LABELS);
    return [...(word ? [`${row.kind} ${word}`] : []), ...words(row.children)];
  });
}

async function wordsOf(agent: CodeAgent): Promise<string[]> {
  const live = new LiveTrace();
  for await (const event of agent.stream('Go.')) live.add(event);
  return words(live.trace.roots);
}

test('what failed says in which step the run recovered: the next one that went well', async () => {
  const model = scriptedModel(code('nowhere()'), code('nowhere()'), code('final_answer(1)'));

  const told = await wordsOf(new CodeAgent({ model }));

  expect(told.filter((word) => word.startsWith('step'))).toEqual([
    'step recovered in step 3',
    'step recovered in step 3',
  ]);
});

test('steps of a managed agent that failed recovered in a step of the agent above it', async () => {
  const inner = new CodeAgent({ model: scriptedModel(code('nowhere()'), { failure: new Error('no model') }) });
  const helper = new ManagedAgent({ agent: inner, name: 'helper', description: 'Helps.' });
  const model = scriptedModel(code('await helper("x")'), code('1'), code('final_answer(1)'));

  const told = await wordsOf(new CodeAgent({ model, managedAgents: [helper] }));

  expect(told.length).toBeGreaterThan(2);
  expect(new Set(told.map((word) => word.replace(/^\w+ /, '')))).toEqual(
    new Set(['recovered in step 2', 'recovered in step 2 of CodeAgent']),
  );
});

test('a call that failed and was caught recovered in its own step', async () => {
  const inner = new CodeAgent({ model: scriptedModel({ failure: new Error('no model') }) });
  const helper = new ManagedAgent({ agent: inner, name: 'helper', description: 'Helps.' });
  const model = scriptedModel(code('try { await helper("x") } catch {}'), code('final_answer(1)'));

  const told = await wordsOf(new CodeAgent({ model, managedAgents: [helper] }));

  expect(told).toContain('agent recovered in step 1');
});

import { CodeAgent, type RunResult } from 'smolagents-web';
import { code, scriptedModel } from 'smolagents-web/testing';
import { defineAgentTrace } from 'smolagents-web/trace-viewer';
import { afterEach, expect, test } from 'vitest';
import { place } from '../fakes/placed-viewer';

defineAgentTrace();
afterEach(() => document.body.replaceChildren());

/** A run of three steps, shown, and a branch at its last, shown in a viewer of its own. */
async function branched() {
  const model = scriptedModel(code('let n = 20'), code('n += 1'), code('final_answer(n * 2)'), code('final_answer(n)'));
  const agent = new CodeAgent({ model });
  const old = place();
  const run = agent.stream<RunResult>('Double it.');
  for await (const _ of old.viewer.watch(run));
  await expect.poll(() => old.text('.chip')).toBe('Answered');
  const next = place();
  const { trace } = old.viewer;
  if (!trace) throw new Error('the run is not shown');
  return { old, next, trace, run, branch: run.fork(3, { code: 'final_answer(n + 100)' }) };
}

test('a branch shows the steps before it as kept, dimmed and in a word, and goes on below them', async () => {
  const { next, trace, branch } = await branched();

  next.viewer.branch(trace, 3);
  for await (const event of branch) next.viewer.add(event);
  await expect.poll(() => next.text('.chip')).toBe('Answered');

  const kept = next.rows().filter((row) => row.hasAttribute('data-kept'));
  expect(next.text('.answer')).toBe('121');
  expect(kept.map((row) => row.getAttribute('aria-level'))).toEqual(['2', '3', '2', '3']);
  expect(kept[0]?.querySelector('.name')?.getAttribute('data-word')).toBe('kept');
  expect(getComputedStyle(kept[0]?.querySelector('.bar') as Element, '::before').opacity).toBe('0.4');
  const last = next.rows().findLast((row) => row.dataset.kind === 'step');
  expect(last?.innerText).toContain('Step 3');
  expect(last?.hasAttribute('data-kept')).toBe(false);
});

test('a branch that has ended stands beside the run that it left, and the first difference is that of its step', async () => {
  const { next, trace, branch } = await branched();

  next.viewer.branch(trace, 3);
  for await (const _ of next.viewer.watch(branch));

  await expect.poll(() => next.text('.comparison')).toContain('First difference');
  expect(next.text('.comparison')).not.toContain('Step 1');
  expect(next.text('.comparison th:first-child')).toBe('This branch');
  expect(next.text('.comparison p')).toMatch(/^Before: /);
});

test('what “Save” writes of a branch is a run where the viewer has it, and else spans', async () => {
  const { next, trace, branch } = await branched();
  next.viewer.branch(trace, 3);
  for await (const _ of next.viewer.watch(branch));
  await expect.poll(() => next.text('.comparison')).toContain('First difference');
  const save = [...next.root.querySelectorAll('button')].find(({ textContent }) => textContent === 'Save');

  save?.click();
  await expect.poll(() => next.text('.panel')).toContain('(run/1)');
  next.viewer.run = undefined;
  save?.click();
  save?.click();

  await expect.poll(() => next.text('.panel')).toContain('(OTLP/JSON)');
});

test('what was kept counts: the branch has the time of all its steps, and the details of those before', async () => {
  const { next, trace, branch } = await branched();

  next.viewer.branch(trace, 3);
  for await (const event of branch) next.viewer.add(event);
  await expect.poll(() => next.text('.chip')).toBe('Answered');
  next.rows()[1]?.click();

  expect(next.text('.facts')).toContain('3 steps');
  expect(next.text('.details')).toContain('let n = 20');
  expect(next.text('.repairs')).toContain('How it was read');
  const starts = [...(next.viewer.trace?.rows.values() ?? [])].map(({ startMs }) => startMs);
  expect(Math.min(...starts)).toBe(next.viewer.trace?.startMs);
});

test('a branch of a branch keeps what that kept, and a run that is shown afterwards keeps nothing', async () => {
  const { old, next, trace, branch } = await branched();
  next.viewer.branch(trace, 3);
  for await (const event of branch) next.viewer.add(event);
  await expect.poll(() => next.text('.chip')).toBe('Answered');
  const first = next.viewer.trace;
  if (!first) throw new Error('the branch is not shown');

  old.viewer.branch(first, 2);
  for await (const event of branch.fork(2, { code: 'final_answer(1)' })) old.viewer.add(event);
  await expect.poll(() => old.text('.answer')).toBe('1');

  expect(old.rows().filter((row) => row.hasAttribute('data-kept'))).toHaveLength(2);
  await old.viewer.load({ events: first.source && Object(first.source).events });
  expect(old.rows().some((row) => row.hasAttribute('data-kept'))).toBe(false);
});

test('a branch inside a managed agent shows what that had done as kept, with what it cost, and goes on below', async () => {
  const usage = { inputTokens: 10, outputTokens: 1 };
  const inner = scriptedModel({ ...code('1 + 1'), usage }, code('final_answer("old")'), code('final_answer("new")'));
  const outer = scriptedModel(
    code('const it = await scout("Look.")'),
    code('final_answer(it)'),
    code('final_answer(it)'),
  );
  const scout = new CodeAgent({ model: inner, name: 'scout', description: 'Looks.' });
  const old = place();
  const run = new CodeAgent({ model: outer, managedAgents: [scout] }).stream<RunResult>('Go.');
  for await (const _ of old.viewer.watch(run));
  await expect.poll(() => old.text('.chip')).toBe('Answered');
  const { trace } = old.viewer;
  if (!trace) throw new Error('the run is not shown');
  const edits = { managed: { c1: { step: 2 } } };
  const next = place();

  next.viewer.branch(trace, 1, edits);
  for await (const event of run.fork(1, edits)) next.viewer.add(event);
  await expect.poll(() => next.text('.comparison')).toContain('First difference');

  const rows = [...(next.viewer.trace?.rows.values() ?? [])];
  const steps = rows.filter(({ kind, path }) => kind === 'step' && path.length === 2);
  expect(steps.map(({ step, isKept }) => [step, isKept])).toEqual([
    [1, true],
    [2, false],
  ]);
  expect(next.text('.answer')).toContain('new');
  expect(next.viewer.trace?.roots[0]?.below.inputTokens).toBeGreaterThanOrEqual(10);
  expect(rows.every(({ startMs, parent }) => !parent || startMs >= parent.startMs)).toBe(true);
  expect(next.text('.repairs')).toContain('How it was read (1)');
});

test('a kept step whose words were edited shows those that the model of the branch read, and says so', async () => {
  const { next, trace, run } = await branched();
  const edits = { earlier: { 1: { seen: 'n is 99' } } };

  next.viewer.branch(trace, 3, edits);
  for await (const event of run.fork(3, edits)) next.viewer.add(event);
  await expect.poll(() => next.text('.chip')).toBe('Answered');
  next.rows()[1]?.click();

  const words = next.rows().map((row) => row.querySelector('.name')?.getAttribute('data-word'));
  expect(words.filter((word) => word?.includes('edited'))).toEqual(['kept · edited']);
  expect(next.rows()[1]?.innerText).toContain('n is 99');
  expect(next.text('.block.observations')).toContain('n is 99');
  await expect.poll(() => next.text('.comparison')).toContain('n is 99');
});

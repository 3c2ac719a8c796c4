import type { AgentEvent } from 'smolagents-web';
import { defineAgentTrace } from 'smolagents-web/trace-viewer';
import { afterEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { largeTrace } from '../../scripts/trace-viewer-figures/large-trace';
import failingCalls from '../cases/golden/failing-calls.json';
import team from '../cases/golden/team-of-tool-callers.json';
import { place } from '../fakes/placed-viewer';

defineAgentTrace();
afterEach(() => document.body.replaceChildren());

const of = { path: ['CodeAgent'], runId: 'r1' };
const begin: AgentEvent = { ...of, type: 'run-start', task: 'Count.' };
const end: AgentEvent = { ...of, type: 'run-end', state: 'success' } as AgentEvent;
const call = (id: string, step: number): AgentEvent => ({
  ...of,
  ...{ type: 'tool-call', call: { id, name: 'look', arguments: { id } }, step },
});
const result = (id: string, step: number): AgentEvent => ({
  ...of,
  ...{ type: 'tool-result', call: { id, name: 'look', arguments: { id } }, step },
  result: { id, output: id, text: id },
});

test('an element that is taken out of the page while a run goes on, and put back, shows all of it', async () => {
  const { viewer, rows, text } = place();
  viewer.add(begin);
  viewer.add(call('a', 1));
  await expect.poll(() => rows().length).toBeGreaterThan(1);

  viewer.remove();
  viewer.add(result('a', 1));
  viewer.add(call('b', 2));
  document.body.append(viewer);
  viewer.add(result('b', 2));
  viewer.add(end);

  await expect.poll(() => text('.chip')).toMatch(/^(Answered|Ended)/);
  expect(rows().filter((row) => row.dataset.kind === 'tool')).toHaveLength(2);
});

test('events that come in the wrong order are all shown, results before their calls and steps after the end too', async () => {
  const { viewer, rows } = place();

  for (const event of [result('b', 2), begin, end, call('a', 1), call('b', 2), result('a', 1), begin])
    viewer.add(event);

  await expect.poll(() => rows().filter((row) => row.dataset.kind === 'tool')).toHaveLength(2);
  expect([...(viewer.trace?.repairs ?? [])].join()).toContain('beginning of the run was not received');
});

test('other labels and the offer to go on, given in the middle of a live run, keep its rows and what comes next', async () => {
  const { viewer, root, rows } = place();
  viewer.add(begin);
  viewer.add(call('a', 1));
  await expect.poll(() => rows().length).toBeGreaterThan(1);

  viewer.labels = { running: 'Läuft', runningStep: 'Schritt {0} läuft', rewind: 'Ab hier' };
  viewer.setAttribute('rewind', '');
  viewer.add(result('a', 1));

  await expect.poll(() => root.querySelector('.chip')?.textContent).toBe('Schritt 1 läuft');
  viewer.add({ ...end });
  await expect.poll(() => root.querySelector('.chip')?.textContent).not.toContain('läuft');
  rows()
    .find((row) => row.dataset.kind === 'step')
    ?.click();
  expect(root.querySelector('button.rewind')?.textContent).toBe('Ab hier');
});

test('a viewer whose labels are changed still has the row selected that was', async () => {
  const { viewer, root, rows } = place();
  await viewer.load(team);
  const chosen = rows()[3];
  const id = chosen?.dataset.id;
  chosen?.click();

  viewer.labels = { tokens: 'Jetons' };

  expect(root.querySelector('.sheet [aria-selected=true]')?.getAttribute('data-id')).toBe(id);
  expect(root.querySelector('.head')?.textContent).toContain('Jetons');
});

test('an address that is changed while the one before is fetched leaves the last one on show', async () => {
  const { viewer, text } = place();
  const address = (file: object) => URL.createObjectURL(new Blob([JSON.stringify(file)]));

  viewer.setAttribute('src', address(team));
  viewer.setAttribute('src', address(failingCalls));

  await expect.poll(() => text('.error-button')).not.toBe('');
  await expect.poll(() => viewer.trace?.errors.length).toBeGreaterThan(0);
});

test('sixty thousand spans are read, walked to the last and searched, with few nodes', {
  timeout: 120_000,
}, async () => {
  const { viewer, root, rows } = place();
  viewer.style.blockSize = '800px';

  await viewer.load(largeTrace(60_000));
  root.querySelector<HTMLElement>('.sheet [role=row]')?.focus();
  const grid = root.querySelector('[role=treegrid]');
  rows()[0]?.dispatchEvent(new KeyboardEvent('keydown', { key: 'End', bubbles: true, composed: true }));

  const count = Number(grid?.getAttribute('aria-rowcount'));
  expect(count).toBeGreaterThanOrEqual(60_000);
  await expect.poll(() => rows().at(-1)?.getAttribute('aria-rowindex')).toBe(String(count));
  expect(root.querySelectorAll('*').length).toBeLessThan(500);
});

test('in a page that is read from right to left, times and bars run from the right, and nothing lies outside', async () => {
  document.documentElement.dir = 'rtl';
  try {
    const { viewer, rows, root } = place();
    await viewer.load(team);
    const around = viewer.getBoundingClientRect();

    const boxes = [...root.querySelectorAll<HTMLElement>('.run *, .tools *, .sheet [role=row], .details > *')].map(
      (node) => node.getBoundingClientRect(),
    );
    const [first] = rows();
    const [name, , time] = first?.children ?? [];

    expect(
      boxes.filter(({ width, left, right }) => width && (left < around.left - 1 || right > around.right + 1)),
    ).toEqual([]);
    expect(name?.getBoundingClientRect().left).toBeGreaterThan(time?.getBoundingClientRect().left ?? 0);
  } finally {
    document.documentElement.dir = '';
  }
});

test.each([
  [1300, '1'],
  [1300, '2'],
  [700, '1'],
  [360, '2'],
])(
  'in a page of %i pixels at a zoom of %s a trace opens on its error far below, and is shown there',
  async (width, zoom) => {
    await page.viewport(width, 900);
    const { viewer, rows, root } = place();
    viewer.style.zoom = zoom;

    await viewer.load(largeTrace(500));

    const selected = () => root.querySelector('.sheet [aria-selected=true]')?.getBoundingClientRect();
    const tree = () => root.querySelector('.tree')?.getBoundingClientRect() ?? new DOMRect();
    await vi.waitFor(() => {
      expect(selected()?.top).toBeGreaterThanOrEqual(tree().top - 1);
      expect(selected()?.bottom).toBeLessThanOrEqual(tree().bottom + 1);
    });
    expect(Number(rows()[0]?.getAttribute('aria-rowindex'))).toBeGreaterThan(100);
    expect(root.querySelector('.run')?.getBoundingClientRect().right).toBeLessThanOrEqual(
      viewer.getBoundingClientRect().right + 1,
    );
  },
);

test('a live run is followed to its newest row, until somebody scrolls up', async () => {
  await page.viewport(1300, 900);
  const { viewer, rows, root } = place();
  const tree = () => root.querySelector('.tree') as HTMLElement;
  viewer.add(begin);

  for (let step = 1; step <= 60; step++) viewer.add(call(`c${step}`, step));
  await expect.poll(() => rows().at(-1)?.textContent).toContain('c60');
  for (let step = 61; step <= 120; step++) viewer.add(call(`c${step}`, step));
  await expect.poll(() => rows().at(-1)?.textContent).toContain('c120');
  expect(tree().scrollTop).toBeGreaterThan(tree().scrollHeight - tree().clientHeight - 2);

  tree().scrollTop = 100;
  await expect.poll(() => rows()[0]?.getAttribute('aria-rowindex')).toBe('3');
  viewer.add(call('c121', 121));
  await expect.poll(() => viewer.trace?.rows.size).toBeGreaterThan(361);
  expect(tree().scrollTop).toBe(100);
});

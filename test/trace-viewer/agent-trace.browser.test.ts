import { AgentTrace, defineAgentTrace } from 'smolagents-web/trace-viewer';
import { afterEach, expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';
import failingCalls from '../cases/golden/failing-calls.json';
import modelError from '../cases/golden/model-error.json';
import team from '../cases/golden/team-of-tool-callers.json';

defineAgentTrace();
afterEach(() => document.body.replaceChildren());

/** A viewer in the page, and what a person can find in it. */
function place(): { viewer: AgentTrace; root: ShadowRoot; rows(): HTMLElement[]; shown(): string } {
  const viewer = new AgentTrace();
  document.body.append(viewer);
  const root = viewer.shadowRoot as ShadowRoot;
  return {
    viewer,
    root,
    rows: () => [...root.querySelectorAll<HTMLElement>('.sheet [role=row]')],
    shown: () => root.querySelector<HTMLElement>('.details')?.innerText ?? '',
  };
}

test('a file becomes a tree with a bar, a time and its tokens in each row', async () => {
  const { viewer, rows } = place();

  await viewer.load(team);

  expect(rows().length).toBe(viewer.trace?.rows.size);
  expect(rows()[0]?.innerText).toContain('ToolCallingAgent');
  expect(rows()[0]?.getAttribute('aria-level')).toBe('1');
  expect(rows().some((row) => row.getAttribute('aria-level') === '4')).toBe(true);
});

test('the sentence of an error is in the header, and its details are open without a click', async () => {
  const { viewer, root, shown } = place();

  await viewer.load(failingCalls);

  const message = viewer.trace?.errors[0]?.error?.message ?? '(none)';
  expect(root.querySelector<HTMLElement>('.error-button')?.innerText).toContain(message);
  expect(shown()).toContain(message);
});

test('a run that failed says so, and one click on its error goes there from anywhere', async () => {
  const { viewer, root, rows, shown } = place();
  await viewer.load(modelError);
  rows()[0]?.click();

  root.querySelector<HTMLElement>('.error-button')?.click();

  expect(root.querySelector('.chip')?.textContent).toBe('Failed');
  expect(shown()).toContain(viewer.trace?.errors[0]?.error?.message);
});

test('the keyboard alone reaches the error in three keys', async () => {
  const { viewer, rows, shown } = place();
  await viewer.load(failingCalls);
  rows()[0]?.click();
  rows()[0]?.blur();

  await userEvent.keyboard('{Tab}e');

  expect(shown()).toContain(viewer.trace?.errors[0]?.error?.message);
});

test('arrows walk the tree: down, closed, open, into the cells and back', async () => {
  const { viewer, root, rows } = place();
  await viewer.load(team);
  const all = rows().length;
  rows()[0]?.click();

  await userEvent.keyboard('{ArrowDown}{ArrowLeft}');
  const closed = rows().length;
  await userEvent.keyboard('{ArrowRight}{ArrowRight}{ArrowRight}');
  const cell = root.activeElement;
  await userEvent.keyboard('{ArrowLeft}{ArrowLeft}{ArrowLeft}{ArrowLeft}');

  expect(closed).toBeLessThan(all);
  expect(cell?.role).toBe('gridcell');
  expect(root.activeElement).toBe(rows()[0]);
});

test('in a column the arrows go to the cells above and below, Home and End along the row, with Ctrl to its ends', async () => {
  const { viewer, root, rows } = place();
  await viewer.load(team);
  rows()[0]?.click();
  const at = () => {
    const cell = root.activeElement;
    const row = cell?.closest('[role=row]');
    return [row?.getAttribute('aria-rowindex'), [...(row?.children ?? [])].indexOf(cell as Element)].join();
  };
  const end = [...(rows()[0]?.children ?? [])].filter(({ clientWidth }) => clientWidth > 0).length - 1; // a narrow one has three
  const walk: string[] = [];

  for (const keys of ['{ArrowRight}{ArrowRight}', '{ArrowDown}', '{ArrowDown}', '{ArrowUp}', '{End}', '{Home}'])
    await userEvent.keyboard(keys).then(() => walk.push(at()));
  for (const keys of ['{End}', '{Control>}{End}{/Control}', '{Control>}{Home}{/Control}'])
    await userEvent.keyboard(keys).then(() => walk.push(at()));
  rows()[2]?.click();
  for (const keys of ['{Control>}{End}{/Control}', '{Control>}{Home}{/Control}'])
    await userEvent.keyboard(keys).then(() => walk.push(at()));

  const last = (viewer.trace?.rows.size ?? 0) + 1;
  expect(walk).toEqual([
    '2,1',
    '3,1',
    '4,1',
    '3,1',
    `3,${end}`,
    '3,0',
    `3,${end}`,
    `${last},${end}`,
    `2,${end}`,
    `${last},-1`,
    '2,-1',
  ]);
});

test('each level of a deep tree stands further in than the one above it, and still has room', async () => {
  const { viewer, root, rows } = place();
  viewer.style.blockSize = '2000px';
  const spans = Array.from({ length: 40 }, (_, index) => ({
    ...{ spanId: `s${index}`, parentSpanId: index ? `s${index - 1}` : '', traceId: 't', name: `Span ${index}` },
    ...{ startTimeUnixNano: 1e6, endTimeUnixNano: 2e6 },
  }));

  await viewer.load({ resourceSpans: [{ scopeSpans: [{ spans }] }] });

  await expect.poll(() => rows().length).toBe(40);
  const places = [...root.querySelectorAll('.sheet .label')].map((label) => label.getBoundingClientRect().left);
  expect(places.every((left, index) => index === 0 || left > (places[index - 1] ?? 0))).toBe(true);
  expect((places.at(-1) ?? 0) - (places[0] ?? 0)).toBeLessThan(240);
});

test('what a row is selected for a link stays in the attribute, and is told', async () => {
  const { viewer, rows } = place();
  const told: string[] = [];
  viewer.addEventListener('spanselect', (event) => told.push((event as CustomEvent<{ id: string }>).detail.id));
  await viewer.load(team);

  rows()[2]?.click();

  expect(told).toEqual([rows()[2]?.dataset.id]);
  expect(viewer.getAttribute('span')).toBe(rows()[2]?.dataset.id);
});

test('a link to a span opens it', async () => {
  const { viewer, shown } = place();
  const first = place();
  await first.viewer.load(team);
  const [, , third] = [...(first.viewer.trace?.rows.values() ?? [])];

  viewer.setAttribute('span', third?.id ?? '');
  await viewer.load(team);

  expect(shown()).toContain(third?.label);
});

test.each([
  ['no JSON', 'hello', 'no JSON'],
  ['another file', { kind: 'agent/1' }, 'agent/1'],
  ['a list', [1, 2], 'What can be opened'],
])('%s is said to be no trace, and another file can be opened', async (_, file, sentence) => {
  const { viewer, root } = place();

  await expect(viewer.load(file)).rejects.toThrow(sentence);

  expect(root.querySelector<HTMLElement>('[role=alert]')?.innerText).toContain(sentence);
  expect(root.querySelector('button')?.textContent).toBe('Open a file');
});

test('the file that was opened last is shown, also when an earlier one takes longer', async () => {
  const { viewer } = place();
  const slow = new File([JSON.stringify(failingCalls)], 'slow.json');

  const first = viewer.load(slow);
  const second = viewer.load(team);
  await Promise.all([first, second]);

  expect(viewer.trace?.source).toEqual(team);
});

function linesOf(node: HTMLElement | undefined): number {
  const range = document.createRange();
  range.selectNodeContents(node as HTMLElement);
  return range.getClientRects().length;
}

test('the name of an argument stands in one line, however long its value, and a hostile one bursts nothing', async () => {
  const { viewer, root } = place();
  const attributes = [
    { key: 'openinference.span.kind', value: { stringValue: 'TOOL' } },
    {
      key: 'input.value',
      value: { stringValue: JSON.stringify({ country: 'word '.repeat(60), ['x'.repeat(400)]: 1 }) },
    },
  ];

  await viewer.load({ resourceSpans: [{ scopeSpans: [{ spans: [{ spanId: 'a', name: 'look_up', attributes }] }] }] });

  const [name, long] = [...root.querySelectorAll<HTMLElement>('.details th[scope=row]')];
  const details = root.querySelector('.details');
  expect(name?.innerText).toBe('country');
  expect(linesOf(name)).toBe(1);
  expect(long?.offsetWidth).toBeLessThan(250);
  expect(details?.scrollWidth).toBe(details?.clientWidth);
});

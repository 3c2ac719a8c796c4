import { AgentTrace, defineAgentTrace } from 'smolagents-web/trace-viewer';
import { afterEach, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { largeTrace } from '../../scripts/trace-viewer-figures/large-trace';
import failingCalls from '../cases/golden/failing-calls.json';
import team from '../cases/golden/team-of-tool-callers.json';

defineAgentTrace();
afterEach(async () => {
  document.body.replaceChildren();
  await page.viewport(1280, 800);
});

/** A viewer in a page so wide, with its file, and where its parts are. */
async function shown(width: number, file: unknown = failingCalls) {
  await page.viewport(width, 800);
  const viewer = new AgentTrace();
  document.body.append(viewer);
  await viewer.load(file);
  const root = viewer.shadowRoot as ShadowRoot;
  const part = (selector: string) => root.querySelector<HTMLElement>(selector) as HTMLElement;
  const box = (selector: string) => part(selector).getBoundingClientRect();
  const rows = () => [...root.querySelectorAll<HTMLElement>('.sheet [role=row]')];
  return { viewer, root, part, box, rows };
}

test.each([320, 360, 899])(
  'at %i px the details stand right below their row, and the next row below them',
  async (width) => {
    const { box, rows, part } = await shown(width, team);

    await expect.poll(() => part('.details').parentElement).toBe(part('.tree'));
    rows()[2]?.click();

    const gaps = () => {
      const above = box('.details').top - (rows()[2]?.getBoundingClientRect().bottom ?? 0);
      const below = (rows()[3]?.getBoundingClientRect().top ?? 0) - box('.details').bottom;
      return Math.max(Math.abs(above) * 2, Math.abs(below)); // a page rounds to whole pixels
    };
    await expect.poll(gaps).toBeLessThanOrEqual(1);
  },
);

test('a viewer that becomes wide has its details at the side again', async () => {
  const { box, part } = await shown(600);
  await expect.poll(() => part('.details').parentElement).toBe(part('.tree'));

  await page.viewport(1280, 800);

  await expect.poll(() => part('.details').parentElement).toBe(part('.panes'));
  expect(box('.details').left).toBeGreaterThanOrEqual(box('.tree').right - 1);
  expect(box('.details').top).toBe(box('.tree').top);
});

test('at 320 px nothing is wider than the page, and every button can be seen', async () => {
  const { viewer, root } = await shown(320);

  const { right } = viewer.getBoundingClientRect();
  const wider = [...root.querySelectorAll<HTMLElement>('button, input, .label, pre, .details, h2')].filter(
    (node) => node.getBoundingClientRect().right > right,
  );

  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(320);
  expect(wider.map(({ className, innerText }) => `${className} ${innerText}`)).toEqual([]);
});

test.each([failingCalls, team])(
  'at 360 px the words of a row are whole or have two fifths of its width, its bar and time in sight too',
  async (file) => {
    const { part, rows } = await shown(360, file);
    await expect.poll(() => part('.details').parentElement).toBe(part('.tree'));

    const cells = rows().map((row) => ({
      row: row.getBoundingClientRect(),
      label: row.querySelector('.label') as HTMLElement,
      bar: (row.querySelector('.bar') as HTMLElement).getBoundingClientRect(),
      time: (row.querySelector('.number') as HTMLElement).getBoundingClientRect(),
    }));

    for (const { row, label, bar, time } of cells) {
      const isWhole = label.scrollWidth <= label.clientWidth;
      expect(isWhole || label.clientWidth > row.width * 0.4, label.innerText).toBe(true);
      expect(label.getBoundingClientRect().right).toBeLessThanOrEqual(time.left);
      expect([bar.height, bar.bottom]).toEqual([3, row.bottom]);
      expect(bar.width).toBeGreaterThan(row.width / 2);
    }
  },
);

/** A panel that is opened by its button, once its content is there. */
async function opened({ root, part }: Awaited<ReturnType<typeof shown>>, name: string): Promise<HTMLElement> {
  [...root.querySelectorAll('button')].find(({ textContent }) => textContent === name)?.click();
  await expect.poll(() => part('.panel').textContent).not.toBe('');
  return part('.panel');
}

test('at 360 px the totals have names that can be read, and scroll by keys where they are wider', async () => {
  const viewer = await shown(360, team);

  await opened(viewer, 'Totals');

  const names = [...viewer.root.querySelectorAll<HTMLElement>('.totals tbody th')];
  expect(names.length).toBeGreaterThan(3);
  for (const name of names) expect(name.offsetHeight, name.innerText).toBeLessThan(60);
  expect(viewer.part('.totals')).toMatchObject({ tabIndex: 0, role: 'region', ariaLabel: 'Totals' });
});

test('at 360 px a row that a tall panel leads to comes into sight', async () => {
  const viewer = await shown(360, team);
  viewer.viewer.style.blockSize = '540px';
  await viewer.viewer.compare(failingCalls);
  await expect.poll(() => viewer.box('.panel').height).toBeGreaterThan(540);

  const first = viewer.root.querySelector<HTMLElement>('.comparison [role=status] button');
  first?.click();

  const row = viewer.root.activeElement?.getBoundingClientRect();
  const { top, bottom } = viewer.viewer.getBoundingClientRect();
  expect(viewer.root.activeElement?.role).toBe('row');
  expect(row?.top).toBeGreaterThanOrEqual(top);
  expect(row?.bottom).toBeLessThanOrEqual(bottom);
});

test('two runs that took the same differ by none, which is no word of what they took', async () => {
  const { viewer, root } = await shown(1280, team);

  await viewer.compare(team);

  await expect
    .poll(() => root.querySelector('.comparison')?.textContent)
    .toMatch(/: ±0 s, ±0 tokens, ±0 steps, ±0 errors/);
});

test('the keys walk from row to row with the details below each, and Tab leads into them', async () => {
  const { root, box, rows, part } = await shown(320, team);
  rows()[0]?.click();

  await userEvent.keyboard('{ArrowDown}{ArrowDown}');
  await expect.poll(() => box('.details').top).toBe(rows()[2]?.getBoundingClientRect().bottom);
  await userEvent.keyboard('{Tab}');

  expect(root.activeElement).toBe(part('.details'));
});

test('of ten thousand rows those around the details are there, wherever the scroller stands', async () => {
  const { part, rows } = await shown(600, largeTrace(10_000));
  rows()
    .find((row) => row.getAttribute('aria-selected') === 'true')
    ?.click();
  const tree = part('.tree');

  tree.scrollTop = tree.scrollHeight;
  tree.dispatchEvent(new Event('scroll'));

  const last = rows().at(-1);
  expect(last?.getAttribute('aria-rowindex')).toBe('10001');
  expect(last?.getBoundingClientRect().bottom ?? 0).toBeCloseTo(tree.getBoundingClientRect().bottom, -1);
  expect(rows().length).toBeLessThan(60);
});

test('at 375 px a row that is chosen far down, or at the edge of what is in sight, shows its details as well', async () => {
  const { viewer, part, box, rows } = await shown(375, largeTrace(200));
  await expect.poll(() => part('.details').parentElement).toBe(part('.tree'));
  const inSight = () => box('.tree').bottom - box('.details').top;

  viewer.setAttribute('span', [...(viewer.trace?.rows.keys() ?? [])][120] ?? '');
  await expect.poll(inSight).toBeGreaterThan(100);
  const { bottom } = box('.tree');
  const lowest = rows().findLast((row) => row.getBoundingClientRect().bottom <= bottom);
  lowest?.click();

  await expect.poll(() => lowest?.getAttribute('aria-selected')).toBe('true');
  await expect.poll(inSight).toBeGreaterThan(100);
});

test('what became of a row takes less room than what it says, however long it is', async () => {
  const { viewer, rows } = await shown(1000, failingCalls);

  viewer.labels = { recovered: 'r'.repeat(80), recoveredIn: 'r'.repeat(80), recoveredAbove: 'r'.repeat(80) };

  const row = rows().find(({ dataset }) => dataset.kind === 'tool' && dataset.state === 'recovered');
  const [name, label] = ['.name', '.label'].map((each) => row?.querySelector(each)?.getBoundingClientRect().width ?? 0);
  expect(label).toBeGreaterThan((name ?? 0) / 3);
});

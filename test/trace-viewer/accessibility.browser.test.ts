import axe from 'axe-core';
import { AgentTrace, defineAgentTrace } from 'smolagents-web/trace-viewer';
import { afterEach, expect, test } from 'vitest';
import { cdp, page } from 'vitest/browser';
import failingCalls from '../cases/golden/failing-calls.json';

defineAgentTrace();
afterEach(async () => {
  document.body.replaceChildren();
  document.documentElement.style.colorScheme = '';
  await page.viewport(1280, 800);
  await emulate({});
});

async function shown(): Promise<AgentTrace> {
  const viewer = new AgentTrace();
  viewer.setAttribute('rewind', '');
  document.body.append(viewer);
  await viewer.load(failingCalls);
  return viewer;
}

/** What the system asks of pages, such as `{ 'forced-colors': 'active' }`. */
async function emulate(features: Readonly<Record<string, string>>): Promise<void> {
  await (cdp() as unknown as Session).send('Emulation.setEmulatedMedia', {
    features: Object.entries(features).map(([name, value]) => ({ name, value })),
  });
}

/** Of the DevTools protocol, as far as it is used. */
interface Session {
  send(method: string, parameters: object): Promise<unknown>;
}

/** What axe calls serious or critical, a line each. */
async function faults(): Promise<string[]> {
  const { violations } = await axe.run(document.querySelector('agent-trace') ?? document, {
    rules: { region: { enabled: false } }, // landmarks are the page's
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`),
  );
}

test.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 360],
])('axe finds nothing in the %s viewer at %i px', async (scheme, width) => {
  await page.viewport(width, 800);
  document.documentElement.style.colorScheme = scheme;
  document.documentElement.style.background = scheme === 'dark' ? '#14161a' : '#fff';

  await shown();

  expect(await faults()).toEqual([]);
});

test.each([
  ['totals', 1280],
  ['totals', 360],
  ['save', 1280],
  ['keys', 1280],
] as const)('axe finds nothing with the panel of %s open at %i px', async (name, width) => {
  await page.viewport(width, 800);
  const viewer = await shown();
  const titles: Record<string, string> = { totals: 'Totals', save: 'Save', keys: 'Keys' };
  const buttons = [...(viewer.shadowRoot?.querySelectorAll('button') ?? [])];

  buttons.find(({ textContent }) => textContent === titles[name])?.click();
  await expect.poll(() => viewer.shadowRoot?.querySelector('.panel')?.textContent).not.toBe('');

  expect(await faults()).toEqual([]);
});

test('axe finds nothing in a viewer without a file, and in one whose file is none', async () => {
  const empty = new AgentTrace();
  document.body.append(empty);
  const before = await faults();

  await empty.load('no trace').catch(() => {});

  expect([...before, ...(await faults())]).toEqual([]);
});

test('axe sees what is inside the viewer: a picture without a text is found', async () => {
  const viewer = await shown();

  viewer.shadowRoot?.querySelector('.details')?.append(document.createElement('img'));

  expect((await faults()).join()).toContain('image-alt');
});

test('the grid tells its size and each row its place, also of rows that are out of sight', async () => {
  const viewer = await shown();

  const grid = viewer.shadowRoot?.querySelector('[role=treegrid]');
  const rows = [...(grid?.querySelectorAll('.sheet [role=row]') ?? [])];

  expect(grid?.getAttribute('aria-rowcount')).toBe(String((viewer.trace?.rows.size ?? 0) + 1));
  expect(rows.map((row) => row.getAttribute('aria-rowindex'))).toEqual(rows.map((_, index) => String(index + 2)));
  expect(rows.every((row) => row.hasAttribute('aria-setsize') && row.hasAttribute('aria-posinset'))).toBe(true);
  expect(rows.filter((row) => row.getAttribute('tabindex') === '0')).toHaveLength(1);
});

const SYSTEMS: readonly Readonly<Record<string, string>>[] = [
  { 'forced-colors': 'active', 'prefers-color-scheme': 'light' },
  { 'forced-colors': 'active', 'prefers-color-scheme': 'dark' },
  { 'prefers-reduced-motion': 'reduce' },
];

test.each(SYSTEMS)('axe finds nothing where the system asks for %o', async (features) => {
  await emulate(features);

  await shown();

  expect(Object.entries(features).every(([name, value]) => matchMedia(`(${name}: ${value})`).matches)).toBe(true);
  expect(await faults()).toEqual([]);
});

test('with forced colours what is selected, pressed and of a kind is told by system colours', async () => {
  await emulate({ 'forced-colors': 'active', 'prefers-color-scheme': 'dark' });
  const root = (await shown()).shadowRoot as ShadowRoot;
  const styleOf = (selector: string, pseudo?: string) =>
    getComputedStyle(root.querySelector(selector) as HTMLElement, pseudo);
  const system = document.createElement('i');
  document.body.append(system);
  const colour = (name: string) => {
    system.style.color = name;
    return getComputedStyle(system).color;
  };

  root.querySelector<HTMLElement>('[aria-pressed]')?.click();

  expect(styleOf('.sheet [aria-selected=true]').outlineColor).toBe(colour('Highlight'));
  expect(styleOf('[aria-pressed=true]').backgroundColor).toBe(colour('Highlight'));
  expect(styleOf('.bar', '::before').backgroundColor).toBe(colour('CanvasText'));
});

test.each([
  ['no-preference', '0.1s'],
  ['reduce', '0s'],
])('where the system says %s of motion, what opens takes %s to turn', async (motion, duration) => {
  await emulate({ 'prefers-reduced-motion': motion });

  const root = (await shown()).shadowRoot as ShadowRoot;

  const twisty = getComputedStyle(root.querySelector('.twisty') as HTMLElement, '::before');
  expect(twisty.transitionDuration).toBe(duration);
});

test('forced colours have no band, since all its colours would be one, and its words are still told', async () => {
  await emulate({ 'forced-colors': 'active' });
  const viewer = await shown();
  const band = viewer.shadowRoot?.querySelector<HTMLElement>('.band');
  await expect.poll(() => band?.ariaLabel).toContain('Where the time went');

  expect(band && getComputedStyle(band).backgroundImage).toBe('none');
  await emulate({});
  expect(band && getComputedStyle(band).backgroundImage).toContain('linear-gradient(to right');
});

test('the details of two viewers are told apart by the tasks of their runs', async () => {
  const [one, other] = [await shown(), new AgentTrace()];
  document.body.append(other);
  await other.load({ events: [{ type: 'run-start', runId: 'r', path: [], task: 'Another one' }] });

  const names = [one, other].map((each) => each.shadowRoot?.querySelector('.details')?.getAttribute('aria-label'));

  expect(names[0]).toMatch(/^Details: ./);
  expect(names[1]).toBe('Details: Another one');
});

test('in a page from right to left a row of another direction keeps its beginning, and the band begins where the bars do', async () => {
  const viewer = await shown();
  document.body.dir = 'rtl';
  viewer.labels = { time: 'זמן' };
  const root = viewer.shadowRoot;
  const label = root?.querySelector<HTMLElement>('.sheet .label');
  const band = root?.querySelector<HTMLElement>('.band');

  await expect.poll(() => band?.style.backgroundImage).toContain('linear-gradient(to left');
  expect(label && getComputedStyle(label).direction).toBe('ltr');
  document.body.dir = '';
});

import { AgentTrace, defineAgentTrace } from 'smolagents-web/trace-viewer';
import { afterEach, expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';
import { largeTrace } from '../../scripts/trace-viewer-figures/large-trace';
import failingCalls from '../cases/golden/failing-calls.json';
import team from '../cases/golden/team-of-tool-callers.json';

defineAgentTrace();
afterEach(() => document.body.replaceChildren());

async function shown(file: unknown) {
  const viewer = new AgentTrace();
  document.body.append(viewer);
  await viewer.load(file);
  const root = viewer.shadowRoot as ShadowRoot;
  root.querySelector<HTMLElement>('.sheet [tabindex="0"]')?.focus();
  return {
    viewer,
    root,
    rows: () => [...root.querySelectorAll<HTMLElement>('.sheet [role=row]')].map((row) => row.innerText.split('\n')[0]),
    selected: () => root.querySelector<HTMLElement>('.sheet [aria-selected=true]')?.innerText ?? '',
    note: () => root.querySelector<HTMLElement>('.tools .note')?.innerText,
    chip: (name: string) =>
      [...root.querySelectorAll<HTMLElement>('.tools button')].find(({ textContent }) => textContent === name)?.click(),
  };
}

test('a search looks in all texts, keeps what hits lie below, and n walks through them', async () => {
  const { rows, selected, note } = await shown(largeTrace(2000));

  await userEvent.keyboard('/note-77-end{Enter}');

  expect(note()).toBe('1 of 2000 rows');
  expect(rows()[0]).toContain('CodeAgent');
  expect(selected()).toContain('Step 77:');
  expect(rows()).toHaveLength(2);
});

test('what stands on a row is found', async () => {
  const { note } = await shown(largeTrace(400));

  await userEvent.keyboard('/growth_rate("C77") → 2');

  await expect.poll(note).toBe('2 of 400 rows');
});

test('Escape in the search field brings all rows back, and the selected one stays', async () => {
  const { viewer, root, selected, note } = await shown(largeTrace(200));
  await userEvent.keyboard('/note-7-end{Enter}');
  root.querySelector<HTMLElement>('input')?.focus();

  await userEvent.keyboard('{Escape}');

  expect(note()).toBe('');
  expect(root.querySelector('[role=treegrid]')?.getAttribute('aria-rowcount')).toBe(
    String((viewer.trace?.rows.size ?? 0) + 1),
  );
  expect(selected()).toContain('Step 7:');
});

test('Escape in the search field is heard by the viewer alone, and Escape in its tree by the page around it', async () => {
  await shown(largeTrace(20));
  const leftToPage: boolean[] = [];
  const note = (event: KeyboardEvent) => event.key === 'Escape' && leftToPage.push(!event.defaultPrevented);
  document.addEventListener('keydown', note);

  await userEvent.keyboard('/step{Escape}');
  await userEvent.keyboard('{Escape}');

  document.removeEventListener('keydown', note);
  expect(leftToPage).toEqual([false, true]);
});

test('a text that nothing has is said, and signs of patterns are letters like others', async () => {
  const { note } = await shown(team);

  await userEvent.keyboard('/.*(');

  expect(note()).toContain('.*(');
});

test('a filter shows the rows of a kind and those above them, and the same button ends it', async () => {
  const { rows, chip } = await shown(failingCalls);
  const all = rows().length;

  chip('Model');
  const models = rows();
  chip('Model');

  expect(models.some((row) => row?.includes('look_up('))).toBe(false);
  expect(models.some((row) => row?.includes('model'))).toBe(true);
  expect(rows()).toHaveLength(all);
});

test('e and E walk through the errors, round the end, and out of a filter that hides them', async () => {
  const { viewer, selected, chip, root } = await shown(failingCalls);
  const errors = viewer.trace?.errors ?? [];
  const first = selected();
  chip('Model');
  root.querySelector<HTMLElement>('.sheet [tabindex="0"]')?.focus();

  await userEvent.keyboard('e');
  const next = selected();
  await userEvent.keyboard('E');

  expect(errors.length).toBeGreaterThan(1);
  expect(next).not.toBe(first);
  expect(selected()).not.toBe(next);
});

test('a letter goes to the next row that begins with it, and the same one again to the next but one', async () => {
  const { selected } = await shown(largeTrace(400));
  await userEvent.keyboard('{Home}');

  await userEvent.keyboard('g');
  const first = selected();
  await userEvent.keyboard('ggg');

  expect(first).toContain('growth_rate("C1")');
  expect(selected()).toContain('growth_rate("C2")');
});

test('z shows the time of the selected row alone, and 0 that of the run', async () => {
  const { root } = await shown(largeTrace(400));
  const scale = () => root.querySelector('.scale')?.textContent;
  const whole = scale();
  await userEvent.keyboard('{Home}{ArrowDown}');

  await userEvent.keyboard('z');
  const zoomed = scale();
  await userEvent.keyboard('0');

  expect(zoomed).not.toBe(whole);
  expect(scale()).toBe(whole);
});

test('keys do nothing in a field, nor with a modifier', async () => {
  const { root, selected } = await shown(failingCalls);
  const before = selected();

  await userEvent.keyboard('/e{Control>}e{/Control}');

  expect(selected()).toBe(before);
  expect(root.querySelector<HTMLInputElement>('input')?.value).toContain('e');
});

test('the texts are those of another language where it gives them', async () => {
  const { viewer, root } = await shown(failingCalls);

  viewer.labels = { answeredAfter: 'Beantwortet nach {0}', errors: '{0} Fehlern' };

  expect(root.querySelector('.chip')?.textContent).toBe('Beantwortet nach 2 Fehlern');
  expect(root.textContent).toContain('Totals');
});

test('a text that is long is cut, and shown whole when it is asked for', async () => {
  const [scope] =
    (largeTrace(2).resourceSpans as { scopeSpans: { spans: { attributes: unknown[] }[] }[] }[])[0]?.scopeSpans ?? [];
  const long = `${'x'.repeat(999_990)} the end`;
  scope?.spans[0]?.attributes.splice(2, 1, { key: 'output.value', value: { stringValue: long } });
  const { root } = await shown({ resourceSpans: [{ scopeSpans: [scope] }] });
  const details = () => root.querySelector('.details')?.textContent ?? '';
  const before = details().length;

  root.querySelector<HTMLElement>('.more')?.click();

  expect(before).toBeLessThan(10_000);
  expect(details()).toContain('the end');
});

test('idle time between two runs is offered to be folded, by a button and a key, and unfolds again', async () => {
  const at = (seconds: number) => `${1_795_380_000 + seconds}000000000`;
  const span = (spanId: string, from: number, to: number) => ({
    ...{ spanId, name: spanId, startTimeUnixNano: at(from), endTimeUnixNano: at(to) },
  });
  const { root, chip } = await shown({
    resourceSpans: [{ scopeSpans: [{ spans: [span('early', 0, 10), span('late', 3600, 3610)] }] }],
  });
  const offered = () =>
    [...root.querySelectorAll('button')].some((each) => each.textContent === 'Fold idle' && !each.hidden);
  const width = () =>
    Number.parseFloat(root.querySelector<HTMLElement>('.bar')?.style.getPropertyValue('--size') ?? '');
  await expect.poll(() => offered()).toBe(true);
  const toScale = width();

  chip('Fold idle');
  const folded = width();
  root.querySelector<HTMLElement>('.sheet [role=row]')?.focus();
  await userEvent.keyboard('-');

  expect(toScale).toBeLessThan(1);
  expect(folded).toBeGreaterThan(40);
  expect(width()).toBe(toScale);
});

test('the button of a failed run leads to what it failed of, and from there through all its errors', async () => {
  const about = { runId: 'r', path: ['A'] };
  const step = (number: number, message?: string) => ({
    ...{ ...about, type: 'step' },
    step: {
      ...{ type: 'action', number, text: `Step ${number}.`, toolCalls: [] },
      ...{ timing: { startMs: number * 1000, endMs: number * 1000 + 900 } },
      ...(message && { error: { type: 'AgentExecutionError', message } }),
    },
  });
  const end = { ...about, type: 'run-end', state: 'error', error: { type: 'AgentError', message: 'the third' } };
  const start = { ...about, type: 'run-start', task: 'Go.' };
  const events = [start, step(1, 'the first'), step(2, 'the second'), step(3), step(4, 'the third'), end];
  const { root, selected } = await shown({ kind: 'run/1', events });
  const button = root.querySelector<HTMLElement>('.error-button');
  const walk = [selected()];

  root.querySelector<HTMLElement>('.sheet [role=row]')?.click();
  for (let press = 0; press < 4; press++) {
    button?.click();
    walk.push(selected());
  }

  expect(button?.innerText).toMatch(/^3 errors: the third$/);
  expect(walk.map((row) => /Step \d/.exec(row)?.[0])).toEqual(['Step 4', 'Step 4', 'Step 1', 'Step 2', 'Step 4']);
});

import { AgentTrace, defineAgentTrace } from 'smolagents-web/trace-viewer';
import { afterEach, expect, test } from 'vitest';
import recording from '../../demo/recordings/failing-page.run.json';

defineAgentTrace();
afterEach(() => document.body.replaceChildren());

async function shown(): Promise<ShadowRoot> {
  const viewer = new AgentTrace();
  document.body.append(viewer);
  await viewer.load(recording);
  return viewer.shadowRoot as ShadowRoot;
}

test('the header names the reason of the first error, not what wrapped it, and tells each error once', async () => {
  const root = await shown();

  expect(root.querySelector('.error-button')?.textContent).toMatch(/^2 errors: WebAccessError: .* answered 503$/);
});

test('tokens of replies that told none make what is known the least, in header, rows and details', async () => {
  const root = await shown();
  const rows = [...root.querySelectorAll<HTMLElement>('.sheet [role=row]')];
  const tokensOf = (row: HTMLElement | undefined) => row?.querySelector('[role=gridcell]:last-child')?.textContent;
  const step = rows.findIndex((row) => row.innerText.startsWith('Step 2: visit_webpage'));
  const model = rows[step + 1];

  model?.click();

  expect(root.querySelector('.facts')?.textContent).toMatch(/tokens at least [\d,]+ in, [\d,]+ out/);
  expect(tokensOf(rows[0])).toMatch(/^[\d,]+\+$/);
  expect(tokensOf(model)).toBe('?');
  await expect.poll(() => root.querySelector('.details')?.textContent).toContain('own: tokens not counted');
});

test('what failed inside an agent that failed says whose step mended it', async () => {
  const root = await shown();
  const words = [...root.querySelectorAll('.sheet .name')].map((name) => name.getAttribute('data-word'));

  expect(words).toContain('recovered in step 2');
  expect(words).toContain('recovered in step 2 of CodeAgent');
});

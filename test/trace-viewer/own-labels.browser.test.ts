import { AgentTrace, defineAgentTrace } from 'smolagents-web/trace-viewer';
import { afterEach, expect, test } from 'vitest';
import { LABELS, type Labels } from '../../src/trace-viewer/viewer-labels';
import failingCalls from '../cases/golden/failing-calls.json';

defineAgentTrace();
afterEach(() => document.body.replaceChildren());

/** Every label in another script, its places kept. */
const GREEK = Object.fromEntries(Object.keys(LABELS).map((key) => [key, `λ {0} {1} {2}`])) as Labels;

/** All that a person reads or hears of a part, what stands for a time or a sum left out. */
function textsOf(node: Element): string[] {
  const parts = [node, ...node.querySelectorAll('*')];
  const attributes = parts.flatMap((part) =>
    ['title', 'aria-label', 'placeholder'].flatMap((name) => part.getAttribute(name) ?? []),
  );
  const texts = parts.flatMap((part) =>
    Array.from(part.childNodes, (child) => (child instanceof Text ? child.data : '')),
  );
  return [...attributes, ...texts].map((text) => text.replaceAll(/\d[\d.]* (ms|s|min|h|B|kB)\b/g, ''));
}

test('with every label replaced, header, tools, panels and titles hold no word of English but what the trace says', async () => {
  const viewer = new AgentTrace();
  viewer.labels = GREEK;
  document.body.append(viewer);
  await viewer.load(failingCalls);
  const root = viewer.shadowRoot as ShadowRoot;
  const buttons = () => [...root.querySelectorAll<HTMLElement>('.tools button[aria-expanded]')];

  const seen: string[] = [];
  for (const place of [...buttons().keys()]) {
    buttons()[place]?.click();
    await expect.poll(() => root.querySelector('.panel')?.textContent).toMatch(/λ/);
    for (const part of root.querySelectorAll('.tools, .head, .band, .run, .panel, .repairs > details > summary'))
      seen.push(...textsOf(part));
  }

  const rows = [...(viewer.trace?.rows.values() ?? [])].map(({ subject, label, error }) => [subject, label, error]);
  const told = wordsOf([viewer.trace?.task, viewer.trace?.answer, rows]);
  const others = wordsOf(seen).filter((word) => !told.includes(word));
  expect(seen.length).toBeGreaterThan(50);
  expect(new Set(others)).toEqual(new Set(['OTLP', 'JSON'])); // a format has one name
});

function wordsOf(texts: unknown): string[] {
  return JSON.stringify(texts).match(/[A-Za-z]{2,}/g) ?? [];
}

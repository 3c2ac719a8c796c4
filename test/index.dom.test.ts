import { expect, test } from 'vitest';

test('importing the front door changes nothing of the page', async () => {
  const before = { globals: Object.getOwnPropertyNames(globalThis), page: document.documentElement.outerHTML };

  const { AgentError } = await import('smolagents-web');

  expect(AgentError).toBeTypeOf('function');
  expect(Object.getOwnPropertyNames(globalThis)).toEqual(before.globals);
  expect(document.documentElement.outerHTML).toBe(before.page);
});

import { AgentError, AgentToolCallError } from 'smolagents-web';
import { expect, test } from 'vitest';

test('the front door loads in a real page, where its errors are errors', () => {
  const cause = new DOMException('no such city', 'NotFoundError');

  const error = new AgentToolCallError('city: Atlantis is no city', { cause });

  expect(error).toBeInstanceOf(AgentError);
  expect(error).toMatchObject({ name: 'AgentToolCallError', code: 'tool_call', recoverable: true, cause });
  expect(navigator.userAgent).toContain('Chrome');
});

test('the front door asks nothing of any other site', async () => {
  await import('smolagents-web');

  const addresses = performance.getEntriesByType('resource').map(({ name }) => new URL(name));

  expect(addresses.length).toBeGreaterThan(0);
  expect(addresses.filter(({ origin, protocol }) => protocol !== 'data:' && origin !== location.origin)).toEqual([]);
});

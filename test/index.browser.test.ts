import { AgentError, AgentToolCallError, systemClock } from 'smolagents-web';
import { expect, test } from 'vitest';

test('the front door loads in a real page, and its errors and clock work there', async () => {
  const controller = new AbortController();
  const reason = new AgentToolCallError('a: two is no number');

  const sleep = systemClock.sleep(60_000, controller.signal);
  controller.abort(reason);

  await expect(sleep).rejects.toBe(reason);
  expect(reason).toBeInstanceOf(AgentError);
  expect(navigator.userAgent).toContain('Chrome');
});

test('the front door asks nothing of any other site', async () => {
  await import('smolagents-web');

  const addresses = performance.getEntriesByType('resource').map(({ name }) => new URL(name));

  expect(addresses.length).toBeGreaterThan(0);
  expect(addresses.filter(({ origin, protocol }) => protocol !== 'data:' && origin !== location.origin)).toEqual([]);
});

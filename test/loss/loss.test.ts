import { describe, expect, test } from 'vitest';
import { nodeScenarios } from './node-scenarios';

const [healthy, ...failing] = nodeScenarios;

test('where the collector is well, neither loses a span', async () => {
  const arrivals = [await healthy?.run('ours'), await healthy?.run('stock')];

  expect(arrivals).toEqual([
    { ended: 500, arrived: 500, counted: 0 },
    { ended: 500, arrived: 500 },
  ]);
});

describe.each(failing.map((scenario) => ({ ...scenario })))('where $name', ({ run }) => {
  test('ours loses none, and the stock processor does', async () => {
    const ours = await run('ours');
    const stock = await run('stock');

    expect(ours).toEqual({ ended: ours.ended, arrived: ours.ended, counted: 0 });
    expect(stock.arrived).toBeLessThan(stock.ended);
  });
});

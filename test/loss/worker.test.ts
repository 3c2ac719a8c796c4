import { expect, test } from 'vitest';
import { workerScenarios } from './worker-scenarios';

test.concurrent.each(workerScenarios.map((scenario) => ({ ...scenario })))(
  '$name: ours loses none, a shared stock processor does',
  async ({ run }) => {
    const [ours, stock] = await Promise.all([run('ours'), run('stock')]);

    expect(ours).toEqual({ ended: 300, arrived: 300 });
    expect(stock.arrived).toBeLessThan(stock.ended);
  },
);

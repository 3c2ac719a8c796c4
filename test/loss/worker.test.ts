import { expect, test } from 'vitest';
import { workerScenarios } from './worker-scenarios';

test.each(workerScenarios.map((scenario) => ({ ...scenario })))(
  '$name: ours loses none, a shared stock processor does',
  async ({ run }) => {
    const ours = await run('ours');
    const stock = await run('stock');

    expect(ours).toEqual({ ended: 300, arrived: 300 });
    expect(stock.arrived).toBeLessThan(stock.ended);
  },
);

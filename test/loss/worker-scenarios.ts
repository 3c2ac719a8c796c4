import { startCollector } from '../fakes/collector';
import { startWorker } from '../fakes/web-runtimes';
import type { Arrival, Keeper, Scenario } from './scenario';

const REQUESTS = 60;
const STOCK_MS = 12_000; // the stock exporter gives up after 10 s

/** Scenarios in workerd: ours with one processor a request, the stock one shared, as its documentation has it. */
export const workerScenarios: readonly Scenario[] = [
  {
    name: '60 requests at once in workerd, 5 spans each, the collector takes 200 ms',
    keepers: ['ours', 'stock'],
    run: (keeper) => play(keeper, () => ({ after: milliseconds(200) })),
  },
  {
    name: 'the same, and the collector answers 503 ten times first',
    keepers: ['ours', 'stock'],
    run: (keeper) => play(keeper, (index) => (index < 10 ? { status: 503 } : {})),
  },
];

type Answers = Parameters<Awaited<ReturnType<typeof startCollector>>['answer']>[0];

async function play(keeper: Keeper, answers: Answers): Promise<Arrival> {
  const collector = await startCollector();
  collector.answer(answers);
  const worker = await startWorker('test/loss/worker.ts');
  try {
    const address = `http://127.0.0.1/?keeper=${keeper}&url=${encodeURIComponent(collector.url)}`;
    const ask = async () => Number(await (await worker.fetch(address)).json());
    const ended = await Promise.all(Array.from({ length: REQUESTS }, ask));
    const sum = ended.reduce((total, count) => total + count, 0);
    await collector.received(sum, keeper === 'stock' ? STOCK_MS : undefined).catch(() => undefined);
    return { ended: sum, arrived: collector.stored.size };
  } finally {
    await worker.dispose();
    await collector.close();
  }
}

function milliseconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count));
}

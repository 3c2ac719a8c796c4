import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCollector } from '../fakes/collector';
import { startWorker } from '../fakes/web-runtimes';

let worker: Awaited<ReturnType<typeof startWorker>>;
beforeAll(async () => {
  worker = await startWorker('test/workerd/telemetry-worker.ts');
});
afterAll(() => worker?.dispose());

test('two requests at once with a startTelemetry each share nothing: every run is with its own', async () => {
  const [collector, meeting] = [await startCollector(), await startCollector()];
  let meet = () => {};
  const both = new Promise<void>((resolve) => {
    meet = resolve;
  });
  meeting.answer((index) => {
    if (index === 1) meet();
    return { after: both };
  });
  const ask = async (name: string) => {
    const query = new URLSearchParams({ url: collector.url, meet: meeting.url, name });
    return (await worker.fetch(`http://127.0.0.1/?${query}`)).json();
  };

  const told = await Promise.all([ask('ada'), ask('bob')]);

  const spansOfOneRun = 7;
  const counters = expect.objectContaining({ ended: spansOfOneRun, delivered: spansOfOneRun, lost: 0, queued: 0 });
  expect(told).toEqual(Array(2).fill({ answer: 'met', counters, isGlobal: false }));
  const names = collector.requests.map(({ spans }) =>
    spans.map(({ name }) => name).filter((name) => /run$/.test(name)),
  );
  expect(names.flat().sort()).toEqual(['ada.run', 'bob.run']);
  expect(collector.stored.size).toBe(2 * spansOfOneRun);
  await Promise.all([collector.close(), meeting.close()]);
});

import { expect, test } from 'vitest';
import { systemClock } from '../../src/web/clock';
import { objectsInMemory } from '../../src/worker/objects';

test('an alarm that fails is tried again, and brings nothing else down', async () => {
  let nowMs = 0;
  const clock = {
    ...systemClock,
    now: () => {
      nowMs += 60_000; // so that no wait is a real one
      return nowMs;
    },
  };
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  let alarms = 0;

  await new Promise<void>((resolve) => {
    const objects = objectsInMemory(
      ({ wakeAt }) => ({
        fetch: async () => {
          await wakeAt(0);
          return new Response();
        },
        alarm: async () => {
          alarms += 1;
          if (alarms < 3) throw new Error('no');
          resolve();
        },
      }),
      clock,
    );
    void objects('run').fetch(new Request('https://object'));
  });
  process.off('unhandledRejection', onUnhandled);

  expect([alarms, unhandled]).toEqual([3, []]);
});

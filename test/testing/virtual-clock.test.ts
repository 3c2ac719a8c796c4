import { expect, test } from 'vitest';
import { virtualClock } from '../../src/testing/virtual-clock';

test('sleepers wake in the order of their times, each at its own time', async () => {
  const clock = virtualClock(1_000);
  const woken: [string, number][] = [];
  const sleeper = async (name: string, ms: number) => {
    await clock.sleep(ms);
    woken.push([name, clock.now()]);
  };

  await Promise.all([sleeper('late', 300), sleeper('early', 20), sleeper('middle', 150)]);

  expect(woken).toEqual([
    ['early', 1_020],
    ['middle', 1_150],
    ['late', 1_300],
  ]);
  expect(clock.pending).toBe(0);
});

test('an hour of sleep takes no time', async () => {
  const clock = virtualClock();

  await clock.sleep(3_600_000); // in real time the test would be given up

  expect(clock.now()).toBe(3_600_000);
});

test('time stands still while somebody holds the clock, however often one hold is released', async () => {
  const clock = virtualClock();
  const releaseFirst = clock.hold();
  const releaseSecond = clock.hold();
  let awake = false;
  const sleep = clock.sleep(10).then(() => {
    awake = true;
  });

  releaseFirst();
  releaseFirst();
  await idle(20);

  expect([awake, clock.now(), clock.pending]).toEqual([false, 0, 1]);
  releaseSecond();
  await sleep;
  expect(clock.now()).toBe(10);
});

test('work that goes on in turns of the event loop is over before time jumps', async () => {
  const clock = virtualClock();
  const order: string[] = [];
  const work = async () => {
    for (let piece = 0; piece < 3; piece += 1) await idle(1);
    order.push('work');
  };

  await Promise.all([clock.sleep(1).then(() => order.push('sleeper')), work()]);

  expect(order).toEqual(['work', 'sleeper']);
});

test('an aborted sleeper rejects with the reason at once and is no longer pending', async () => {
  const clock = virtualClock();
  const controller = new AbortController();
  const sleep = clock.sleep(1_000, controller.signal);

  controller.abort('enough');

  await expect(sleep).rejects.toBe('enough');
  await expect(clock.sleep(1, controller.signal)).rejects.toBe('enough');
  expect([clock.pending, clock.now()]).toEqual([0, 0]);
});

test('a sleeper without an end stops nobody else', async () => {
  const clock = virtualClock();
  const controller = new AbortController();
  const forever = clock.sleep(Number.POSITIVE_INFINITY, controller.signal).catch((reason: unknown) => reason);

  await clock.sleep(5);
  controller.abort('over');

  expect(await forever).toBe('over');
  expect(clock.now()).toBe(5);
});

/** Lets the event loop turn `turns` times. */
async function idle(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}

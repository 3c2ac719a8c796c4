import { expect, test } from 'vitest';
import { systemClock } from '../../src/web/clock';
import { type ObjectHome, objectsInMemory } from '../../src/worker/objects';

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

/** Objects that keep the text they are sent, and wait before that where they are told to. */
function keepers() {
  const homes: ObjectHome[] = [];
  let [isOpen, open] = [true, () => {}];
  const objects = objectsInMemory((home) => {
    homes.push(home);
    const fetch = async (request: Request) => {
      const text = await request.text();
      if (text === 'later' && !isOpen) await new Promise<void>((resolve) => (open = resolve));
      if (text) home.rows.put('text', text);
      return new Response(home.rows.get('text') ?? 'nothing');
    };
    return { fetch, alarm: async () => {} };
  }, systemClock);
  const ask = async (name: string, body?: string) => {
    const init = body === undefined ? {} : { method: 'POST', body };
    return (await objects(name).fetch(new Request('https://object/', init))).text();
  };
  const close = () => {
    isOpen = false;
  };
  return { ask, homes, close, open: () => open() };
}

test('an object that keeps nothing is forgotten after its answer, one that does is not', async () => {
  const { ask, homes } = keepers();

  const answers = [await ask('empty'), await ask('empty'), await ask('full', 'kept'), await ask('full')];

  expect(answers).toEqual(['nothing', 'nothing', 'kept', 'kept']);
  expect(homes).toHaveLength(3);
});

test('one that is still at work for somebody is not forgotten by the answer to another', async () => {
  const { ask, close, open } = keepers();
  close();

  const writing = ask('one', 'later');
  const early = await ask('one');
  open();
  await writing;

  expect([early, await ask('one')]).toEqual(['nothing', 'later']);
});

import { expect, test } from 'vitest';
import { RequestFailure } from '../../src/web/request-failure';
import { type RetryContext, type RetryPolicy, retrying } from '../../src/web/retry';
import { retryAfterMs } from '../../src/web/retry-after';
import { virtualClock } from '../fakes/virtual-clock';

const NEW_YEAR = Date.UTC(2026, 0, 1);
const POLICY: RetryPolicy = { maxRetries: 2, retryBaseMs: 500, retryCapMs: 8_000, maxRetryAfterMs: 60_000 };

test.each([
  [{ 'retry-after': '2' }, 2_000],
  [{ 'retry-after': '1.5' }, 1_500],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
  [{ 'retry-after-ms': 'soon', 'retry-after': '9' }, 9_000],
  [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:05 GMT' }, 5_000],
  [{ 'retry-after': 'Thursday, 01-Jan-26 00:00:05 GMT' }, 5_000],
  [{ 'retry-after': 'Thu Jan  1 00:00:05 2026' }, 5_000],
  [{ 'retry-after': 'Wed, 31 Dec 2025 23:59:59 GMT' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '-5' }, undefined],
  [{ 'retry-after': '1e3' }, undefined],
  [{ 'retry-after': 'Infinity' }, undefined],
  [{ 'retry-after': 'Thu, 99 Foo 2026 00:00:05 GMT' }, undefined],
  [{ 'retry-after': 'Mon, 30 Feb 2026 00:00:00 GMT' }, undefined],
  [{}, undefined],
])('the wait asked for by %j is %s ms', (headers, wait) => {
  expect(retryAfterMs(new Headers(headers), NEW_YEAR)).toBe(wait);
});

test.each([
  [0, [0, 0, 0, 0]],
  [0.5, [250, 500, 1_000, 1_500]],
  [0.999, [499, 999, 1_998, 2_997]],
])('back-off with random %s doubles its range up to the cap', async (random, delays) => {
  const context = contextOf({ policy: { maxRetries: 4, retryCapMs: 3_000 }, random });

  const seen = await run(alwaysFails({ kind: 'server_error' }), context);

  expect(seen.delays).toEqual(delays);
  expect(seen.failure).toMatchObject({ kind: 'server_error' });
});

test('the wait that the server asks for takes the place of the back-off', async () => {
  const context = contextOf({ policy: { maxRetries: 1 } });

  const seen = await run(alwaysFails({ kind: 'rate_limited', retryAfterMs: 60_000 }), context);

  expect(seen.delays).toEqual([60_000]);
});

test('a wait above the limit ends the attempts at once as rate limited', async () => {
  const context = contextOf({ policy: { maxRetries: 5 } });

  const seen = await run(alwaysFails({ kind: 'server_error', retryAfterMs: 60_001 }), context);

  expect(seen).toMatchObject({ delays: [], attempts: 1, failure: { kind: 'rate_limited' } });
});

test('a failure that is not to be retried, and any other error, is thrown as it is', async () => {
  const refused = new RequestFailure('no', { kind: 'auth', retryable: false });
  const broken = new Error('a defect of the program');

  const seen = await Promise.all([refused, broken].map((error) => run(throwing(error), contextOf())));

  expect(seen.map(({ failure }) => failure)).toEqual([refused, broken]);
  expect(seen.map(({ attempts }) => attempts)).toEqual([1, 1]);
});

test('an abort ends the wait at once and leaves no timer', async () => {
  const clock = virtualClock();
  const caller = new AbortController();
  const context = contextOf({ signal: caller.signal, clock, random: 0.5 });
  const attempts = retrying(alwaysFails({ kind: 'network' }), context);
  await attempts.next(); // the piece
  await attempts.next(); // the notice

  const next = attempts.next();
  await clock.asleep(250);
  caller.abort('enough');

  await expect(next).rejects.toBe('enough');
  expect(clock.sleepers).toBe(0);
});

interface Overrides {
  policy?: Partial<RetryContext['policy']>;
  clock?: ReturnType<typeof virtualClock>;
  signal?: AbortSignal;
  random?: number;
}

function contextOf({ policy, clock = virtualClock(), signal, random = 0.5 }: Overrides = {}) {
  return {
    policy: { ...POLICY, ...policy },
    clock,
    signal: signal ?? new AbortController().signal,
    random: () => random,
  };
}

function alwaysFails(options: { kind: RequestFailure['kind']; retryAfterMs?: number }) {
  return throwing(new RequestFailure('failed', { retryable: true, ...options }));
}

function throwing(error: Error) {
  return async function* (): AsyncGenerator<string> {
    yield 'a piece';
    throw error;
  };
}

/** Runs to the end, letting time pass at each wait. */
async function run(attempt: () => AsyncIterable<string>, context: ReturnType<typeof contextOf>) {
  const delays: number[] = [];
  let attempts = 0;
  try {
    for await (const part of retrying(attempt, context)) {
      if (part === 'a piece') attempts++;
      else if (typeof part !== 'string') {
        delays.push(part.delayMs);
        context.clock.asleep(part.delayMs).then(() => context.clock.advance(part.delayMs));
      }
    }
    return { delays, attempts, failure: undefined };
  } catch (failure) {
    return { delays, attempts, failure };
  }
}

import { expect, test } from 'vitest';
import type { Fetch } from '../../src/web/fetch';
import { errorMessage, failureOf, openResponse, readText } from '../../src/web/response';
import { virtualClock } from '../fakes/virtual-clock';

test.each([
  [400, '{"error":{"message":"temperature must be <= 2"}}', 'bad_request', false],
  [400, '{"error":{"message":"This model\'s maximum context length is 4096 tokens"}}', 'context_overflow', false],
  [400, '{"error":{"code":"context_length_exceeded"}}', 'context_overflow', false],
  [400, '{"error":{"message":"Too much.","type":"x","code":"context_length_exceeded"}}', 'context_overflow', false],
  [400, '{"error":{"message":"input length and `max_tokens` exceed context limit: 9"}}', 'context_overflow', false],
  [400, '{"message":"prompt is too long: 210000 tokens > 200000 maximum"}', 'context_overflow', false],
  [413, '{"error":"Please reduce the length of the messages or completion."}', 'context_overflow', false],
  [422, '{"error":"`inputs` tokens + `max_new_tokens` must be <= 4096"}', 'context_overflow', false],
  [422, '{"detail":[{"msg":"field required"}]}', 'bad_request', false],
  [401, '{}', 'auth', false],
  [402, '', 'auth', false],
  [403, '', 'auth', false],
  [404, '', 'not_found', false],
  [408, '', 'timeout', true],
  [409, '', 'bad_request', true],
  [425, '', 'bad_request', true],
  [429, '', 'rate_limited', true],
  [500, '', 'server_error', true],
  [501, '', 'server_error', false],
  [502, '<html>Bad gateway</html>', 'server_error', true],
  [503, '', 'server_error', true],
  [504, '', 'server_error', true],
  [529, '', 'server_error', true],
])('status %i with the body %s is %s, retried: %s', async (status, body, kind, retryable) => {
  const failure = await failureOf(new Response(body, { status }), limits());

  expect(failure).toMatchObject({ kind, retryable });
  expect(failure.message).toContain(`status ${status}`);
});

test.each([
  ['{"error":"a"}', 'a'],
  ['{"error":{"message":"a","code":7}}', 'a'],
  ['[{"error":{"message":"a"}}]', 'a'],
  ['{"detail":[{"msg":"a"},{"msg":"b"}]}', 'a; b'],
  ['{"message":"a"}', 'a'],
  ['{"error":{"type":"overloaded"}}', 'overloaded'],
  ['{"status":3}', ''],
])('the message in %s is "%s"', (body, message) => {
  expect(errorMessage(JSON.parse(body))).toBe(message);
});

test.each([
  ['https://user:secret@model.test:8443/v1/chat?key=secret', 'no connection to https://model.test:8443'],
  ['/v1/chat?key=secret', 'no connection to /v1/chat'],
])(
  'that %s cannot be reached is told by where it is, without its keys and the words of the platform',
  async (address, message) => {
    const cause = new Error('internal error; reference = 1a2b3c');
    const unreachable: Fetch = () => Promise.reject(cause);

    const opened = openResponse(unreachable, address, {}, limits());

    await expect(opened).rejects.toMatchObject({ message, kind: 'network', retryable: true, cause });
  },
);

test('a reply that breaks off is told without the words of the platform', async () => {
  const cause = new Error('internal error; reference = 1a2b3c');
  const body = new ReadableStream({ pull: (controller) => controller.error(cause) });

  const read = readText(new Response(body), limits());

  await expect(read).rejects.toMatchObject({ message: 'the reply broke off', kind: 'stream_cut', cause });
});

test('a request without an answer times out on the clock, and an answer that comes later is cancelled', async () => {
  const clock = virtualClock();
  const late = endlessBody();
  let answer = (_: Response) => {};
  const deaf: Fetch = () => new Promise((resolve) => (answer = resolve)); // heeds no signal
  const opened = openResponse(deaf, 'http://model.test', {}, limits({ clock }));

  clock.advance(1_000);
  await expect(opened).rejects.toMatchObject({ kind: 'timeout', retryable: true });
  answer(new Response(late.body));

  await late.cancelled;
  expect(clock.sleepers).toBe(0);
});

test('a body that falls silent times out on the clock and is cancelled', async () => {
  const clock = virtualClock();
  const silent = endlessBody('a start');
  const reading = readText(new Response(silent.body), limits({ clock }));

  await clock.asleep(2_000);
  await silent.drained;
  clock.advance(2_000);

  await expect(reading).rejects.toMatchObject({ kind: 'timeout', retryable: true });
  await silent.cancelled;
  expect(clock.sleepers).toBe(0);
});

test('a body above the limit is cut off and never retried', async () => {
  const long = endlessBody('x'.repeat(101));

  const reading = readText(new Response(long.body), limits({ maxResponseBytes: 100 }));

  await expect(reading).rejects.toMatchObject({ kind: 'too_large', retryable: false });
  await long.cancelled;
});

test('an abort wins over a fetch that heeds no signal', async () => {
  const caller = new AbortController();
  const deaf: Fetch = () => new Promise(() => {});
  const clock = virtualClock();

  const opened = openResponse(deaf, 'http://model.test', {}, limits({ clock, signal: caller.signal }));
  caller.abort('enough');

  await expect(opened).rejects.toBe('enough');
  expect(clock.sleepers).toBe(0);
});

function limits({
  clock = virtualClock(),
  signal = new AbortController().signal,
  maxResponseBytes = 1_000_000,
}: {
  clock?: ReturnType<typeof virtualClock>;
  signal?: AbortSignal;
  maxResponseBytes?: number;
} = {}) {
  return { clock, signal, requestTimeoutMs: 1_000, idleTimeoutMs: 2_000, maxResponseBytes };
}

/** A body that gives the start, if any, and never ends; `drained` when a second read waits. */
function endlessBody(start?: string) {
  let onCancel = () => {};
  let onDrain = () => {};
  const cancelled = new Promise<void>((resolve) => (onCancel = resolve));
  const drained = new Promise<void>((resolve) => (onDrain = resolve));
  let given = start === undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (given) onDrain();
        else controller.enqueue(new TextEncoder().encode(start));
        const first = !given;
        given = true;
        return first ? undefined : new Promise(() => {});
      },
      cancel: () => onCancel(),
    },
    { highWaterMark: 0 },
  );
  return { body, cancelled, drained };
}

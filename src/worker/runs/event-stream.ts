import type { Clock } from '../../web/clock';
import { Problem } from '../problem';
import type { RunLog } from './run-log';

/** What a reader follows. */
export interface Followed {
  log: RunLog;
  /** Whether no more events come. */
  isOver(): boolean;
  /** Resolves at the next event, or when `signal` aborts. */
  changed(signal: AbortSignal): Promise<void>;
}

export interface StreamOptions {
  /** Number of the last event that the reader has. */
  after: number;
  heartbeatMs: number;
  clock: Clock;
  /** Called once, when the reader has all or has left. */
  onEnd(): void;
}

const HEARTBEAT = ': heartbeat\n\n';

/**
 * The events as `text/event-stream`, numbered, each as JSON in `data`, with its time in `at`, a field that readers who do not
 * know it pass over. Read as the reader reads: a slow one holds no more in
 * memory than the few that are on their way. Ends after the last event; a comment comes where nothing has for `heartbeatMs`, which also finds readers gone.
 */
export function eventStream(followed: Followed, options: StreamOptions): ReadableStream<Uint8Array> {
  const { heartbeatMs, clock } = options;
  const encoder = new TextEncoder();
  const gone = new AbortController();
  let cursor = options.after;
  let isDone = false;
  const end = () => {
    if (!isDone) options.onEnd();
    isDone = true;
    gone.abort();
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const events = followed.log.after(cursor);
          const last = events.at(-1);
          if (last) {
            cursor = last.number;
            const text = events
              .map(({ number, atMs, json }) => `at: ${atMs}\nid: ${number}\ndata: ${json}\n\n`)
              .join('');
            return controller.enqueue(encoder.encode(text));
          }
          if (followed.isOver()) {
            controller.close();
            return end();
          }
          if (!(await anythingWithin(followed, heartbeatMs, clock, gone.signal)))
            return gone.signal.aborted ? undefined : controller.enqueue(encoder.encode(HEARTBEAT));
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

/** Whether an event came before the time was over and the reader left. */
async function anythingWithin(
  followed: Followed,
  timeoutMs: number,
  clock: Clock,
  gone: AbortSignal,
): Promise<boolean> {
  const settled = new AbortController();
  const signal = AbortSignal.any([gone, settled.signal]);
  const silence = clock.sleep(timeoutMs, signal).then(
    () => false,
    () => false,
  );
  const event = followed.changed(signal).then(() => !gone.aborted);
  try {
    return await Promise.race([event, silence]);
  } finally {
    settled.abort();
  }
}

/** The number in `Last-Event-ID`; 0 where there is none, or an empty one. Throws a `Problem` for what is no number of an event. */
export function lastEventId({ headers }: Request): number {
  const text = headers.get('last-event-id') || '0';
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new Problem('`Last-Event-ID` must be the number of an event.', { status: 400, code: 'bad_request' });
}

import type { Clock } from '../web/clock';
import type { Ids } from '../web/ids';
import type { ClockTape } from './recording';
import type { VirtualClock } from './virtual-clock';

/** Tells, of all that a run waits for, in which place something ended: 1, 2, 3... */
export type Finish = () => number;

export function finishes(): Finish {
  let ended = 0;
  return () => ++ended;
}

/**
 * Waits until it is the turn of what ended in that place, or for the signal where it was cut short. Time on `order` is places,
 * where the recording has them. Rejects with the signal's reason.
 */
export async function untilTurn(
  { ended, durationMs = 0 }: { ended?: number | undefined; durationMs?: number | undefined },
  order: VirtualClock,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  if (ended === 0) return aborted(signal);
  const ms = ended === undefined ? durationMs : ended - order.now();
  if (ms > 0) await order.sleep(ms, signal);
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** The clock given, with every reading and the end of every wait written to the tape. */
export function recordingClock(clock: Clock, tape: ClockTape, finish: Finish): Clock {
  const ends = tape.ended ?? [];
  const durations = tape.durations ?? [];
  Object.assign(tape, { ended: ends, durations });
  const recorded: Clock = {
    now: () => {
      const reading = clock.now();
      tape.readings.push(reading);
      return reading;
    },
    sleep: async (ms, signal) => {
      const index = tape.sleeps.push(false) - 1;
      ends[index] = 0;
      durations[index] = ms;
      await clock.sleep(ms, signal);
      tape.sleeps[index] = true;
      ends[index] = finish();
    },
  };
  if (clock.hold) recorded.hold = () => clock.hold?.() ?? (() => {});
  return recorded;
}

/**
 * The tape's time: `now` gives its readings in order, and the last one for ever; a wait that came to its end ends in its
 * turn on `order`, one that was cut short lasts until its signal. `depart` is told of one that is not recorded and is not
 * cut short, and throws.
 */
export function replayingClock(tape: ClockTape, order: VirtualClock, depart: (what: string) => never): Clock {
  let reading = 0;
  const waits = tape.sleeps.map((done, index) => ({
    done,
    ended: done ? tape.ended?.[index] : 0,
    ms: tape.durations?.[index],
  }));
  /** The next of that length: a wait that is new takes no other one's place. */
  const take = (ms: number) => {
    const alike = tape.durations ? waits.findIndex((wait) => wait.ms === ms) : 0;
    const index = alike < 0 ? waits.findIndex(({ done }) => done) : alike; // lengths that hang on the clock's readings differ
    return index < 0 ? undefined : waits.splice(index, 1)[0];
  };
  return {
    now: () => tape.readings[Math.min(reading++, tape.readings.length - 1)] ?? 0,
    hold: () => order.hold(),
    sleep: async (ms, signal) => {
      const recorded = take(ms);
      await untilTurn({ ended: recorded?.ended, durationMs: ms }, order, signal);
      if (!recorded) depart(`it waits for ${ms} ms once more than is recorded`);
    },
  };
}

export function recordingIds(ids: Ids, tape: string[]): Ids {
  return () => {
    const id = ids();
    tape.push(id);
    return id;
  };
}

/** The ids of the tape, and when they are used up ids that no recording has. */
export function replayingIds(tape: readonly string[]): Ids {
  let next = 0;
  return () => tape[next++] ?? `beyond-recording-${next}`;
}

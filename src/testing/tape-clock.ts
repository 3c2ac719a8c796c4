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

/** Waits until it is the turn of what ended in that place. Time on `order` is places, where the recording has them. */
export async function untilTurn(
  { ended, durationMs = 0 }: { ended?: number | undefined; durationMs?: number | undefined },
  order: VirtualClock,
  signal?: AbortSignal,
): Promise<void> {
  const ms = ended ? ended - order.now() : durationMs;
  if (ms > 0) await order.sleep(ms, signal);
}

/** The clock given, with every reading and the end of every wait written to the tape. */
export function recordingClock(clock: Clock, tape: ClockTape, finish: Finish): Clock {
  const ends = tape.ended ?? [];
  tape.ended = ends;
  const recorded: Clock = {
    now: () => {
      const reading = clock.now();
      tape.readings.push(reading);
      return reading;
    },
    sleep: async (ms, signal) => {
      const index = tape.sleeps.push(false) - 1;
      ends[index] = 0;
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
 * turn on `order`, one that was cut short lasts until its signal.
 */
export function replayingClock(tape: ClockTape, order: VirtualClock): Clock {
  let reading = 0;
  let sleep = 0;
  return {
    now: () => tape.readings[Math.min(reading++, tape.readings.length - 1)] ?? 0,
    hold: () => order.hold(),
    sleep: (ms, signal) => {
      const index = sleep++;
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (tape.sleeps[index]) return untilTurn({ ended: tape.ended?.[index], durationMs: ms }, order, signal);
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
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

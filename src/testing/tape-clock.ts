import type { Clock } from '../web/clock';
import type { Ids } from '../web/ids';
import type { ClockTape } from './recording';
import type { VirtualClock } from './virtual-clock';

/** The clock given, with every reading and the end of every wait written to the tape. */
export function recordingClock(clock: Clock, tape: ClockTape): Clock {
  const recorded: Clock = {
    now: () => {
      const reading = clock.now();
      tape.readings.push(reading);
      return reading;
    },
    sleep: async (ms, signal) => {
      const index = tape.sleeps.push(false) - 1;
      await clock.sleep(ms, signal);
      tape.sleeps[index] = true;
    },
  };
  if (clock.hold) recorded.hold = () => clock.hold?.() ?? (() => {});
  return recorded;
}

/**
 * The tape's time: `now` gives its readings in order, and the last one for ever; a wait that came to its end takes its time on
 * `order`, one that was cut short lasts until its signal.
 */
export function replayingClock(tape: ClockTape, order: VirtualClock): Clock {
  let reading = 0;
  let sleep = 0;
  return {
    now: () => tape.readings[Math.min(reading++, tape.readings.length - 1)] ?? 0,
    hold: () => order.hold(),
    sleep: (ms, signal) => {
      const ended = tape.sleeps[sleep++] ?? false;
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (ended) return order.sleep(ms, signal);
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

import type { Clock } from '../web/clock';

/** Idle turns of the event loop before time jumps: enough for chains of promises and a reply on loopback to settle. */
const IDLE_TURNS = 5;

/** A clock that a test owns: nothing is waited for, time jumps to whoever sleeps least. */
export interface VirtualClock extends Clock {
  hold(): () => void;
  /** Sleepers that have neither woken nor been aborted. Zero at the end of a test proves that no timer is left. */
  readonly pending: number;
}

interface Sleeper {
  wakeMs: number;
  wake: () => void;
}

/**
 * A clock that begins at `startMs` (milliseconds since the epoch) and stands still while anything happens. It jumps to the
 * earliest sleeper once nobody holds it and the event loop has been idle for some turns. Uses `setTimeout` alone, so that it
 * works in Node, pages and workers; no timer is left when nobody sleeps.
 */
export function virtualClock(startMs = 0): VirtualClock {
  const sleepers: Sleeper[] = [];
  let nowMs = startMs;
  let holds = 0;
  let idleTurns = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Something happened: idle turns are counted anew, or not at all where nobody sleeps or somebody holds. */
  const restart = () => {
    idleTurns = 0;
    clearTimeout(timer);
    timer = undefined;
    if (holds === 0 && sleepers.some(({ wakeMs }) => Number.isFinite(wakeMs))) timer = setTimeout(turn, 0);
  };
  const turn = () => {
    idleTurns += 1;
    if (idleTurns < IDLE_TURNS) {
      timer = setTimeout(turn, 0);
      return;
    }
    nowMs = Math.max(nowMs, Math.min(...sleepers.map(({ wakeMs }) => wakeMs)));
    const due = sleepers.filter(({ wakeMs }) => wakeMs <= nowMs);
    for (const sleeper of due) sleeper.wake();
    restart();
  };
  const remove = (sleeper: Sleeper) => {
    const index = sleepers.indexOf(sleeper);
    if (index >= 0) sleepers.splice(index, 1);
  };

  return {
    now: () => nowMs,
    sleep: (ms, signal) =>
      new Promise<void>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          remove(sleeper);
          restart();
          reject(signal?.reason);
        };
        const wake = () => {
          remove(sleeper);
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        const sleeper: Sleeper = { wakeMs: nowMs + Math.max(0, ms), wake };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
        restart();
      }),
    hold: () => {
      let released = false;
      holds += 1;
      restart();
      return () => {
        if (released) return;
        released = true;
        holds -= 1;
        restart();
      };
    },
    get pending() {
      return sleepers.length;
    },
  };
}

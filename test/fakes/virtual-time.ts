const IDLE_TURNS = 16; // a connection on a busy machine may take as many
const TURN_MS = 2;
/** A turn that came later than this had something to do before it, here or on the rest of the machine. */
const LATE_MS = 8;

interface Timer {
  atMs: number;
  run(): void;
}

/**
 * Runs `work` in virtual time, for code that takes no clock: `setTimeout`, `clearTimeout` and `Date.now` of this process are
 * replaced meanwhile. Time stands still while anything happens, and jumps to the next timer when nothing has for some
 * turns of the event loop; what Node itself waits for, such as a socket, takes real time. `isBusy` holds time as well.
 */
export async function inVirtualTime<Value>(work: () => Promise<Value>, isBusy = () => false): Promise<Value> {
  const { setTimeout: plainSetTimeout, clearTimeout: plainClearTimeout } = globalThis;
  const plainNow = Date.now;
  const timers = new Set<Timer>();
  let nowMs = plainNow();
  let idleTurns = 0;
  let isOver = false;

  const set = (run: (...values: unknown[]) => void, ms = 0, ...values: unknown[]): Handle => {
    const timer = { atMs: nowMs + Math.max(0, ms), run: () => run(...values) };
    timers.add(timer);
    idleTurns = 0;
    return new Handle(timer);
  };
  const clear = (handle: unknown): void => {
    if (handle instanceof Handle) timers.delete(handle.timer);
  };
  const turn = (expectedMs: number): void => {
    if (isOver) return;
    const isLate = performance.now() > expectedMs + LATE_MS;
    idleTurns = isLate || isBusy() ? 0 : idleTurns + 1;
    const [next] = [...timers].sort((one, other) => one.atMs - other.atMs);
    if (idleTurns > IDLE_TURNS && next) {
      idleTurns = 0;
      timers.delete(next);
      nowMs = Math.max(nowMs, next.atMs);
      next.run();
    }
    plainSetTimeout(turn, TURN_MS, performance.now() + TURN_MS);
  };
  Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
  Date.now = () => nowMs;
  turn(performance.now());
  try {
    return await work();
  } finally {
    isOver = true;
    for (const { run } of timers) plainSetTimeout(run, 0); // nobody waits for what is left
    Object.assign(globalThis, { setTimeout: plainSetTimeout, clearTimeout: plainClearTimeout });
    Date.now = plainNow;
  }
}

/** What Node's own `setTimeout` gives, as far as it is used. */
class Handle {
  readonly timer: Timer;

  constructor(timer: Timer) {
    this.timer = timer;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

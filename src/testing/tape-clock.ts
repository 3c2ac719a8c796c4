import { callKey } from '../agents/saved/log-entry';
import { type Clock, systemClock } from '../web/clock';
import type { Ids } from '../web/ids';
import { type PerCall, SANDBOX } from '../web/of-call';
import type { Progress, ReplayProgress } from './progress';
import type { ClockTape, RunFile } from './recording';
import type { VirtualClock } from './virtual-clock';

/** How long, in milliseconds, what was cut short may last while nothing else happens: a tool may do something in real time. */
const PATIENCE_MS = 2_000;
/** At most so much more for a wait: it was cut short before its time was over, by work of whatever kind. */
const MAX_WAIT_MS = 60_000;

/** What a replay is held against. */
export interface Stage {
  /** What went on at once ends in the order in which it did, and nothing is waited for. */
  order: VirtualClock;
  progress: ReplayProgress;
  /** Ends the replay, and throws. */
  depart(what: string): never;
  /** Aborted when the replay has ended. */
  over: AbortSignal;
}

/** The calls that lead to whoever a clock was made for, as `RecordedReply.by` writes them. */
const callers = new WeakMap<Clock, string>();

/** Who has this clock; undefined for a clock that is no tape's. */
export function callerOf(clock: Clock): string | undefined {
  return callers.get(clock);
}

/** The clock given, by which `callerOf` knows who asks. */
export function namingClock(clock: Clock, within: readonly string[] = []): PerCall<Clock> {
  const named = { ...clock, ofCall: (id: string) => namingClock(clock, [...within, id]) };
  callers.set(named, nameOf(within));
  return named;
}

/** What is waited for in a replay. */
interface Awaited {
  /** As `RecordedReply.ended`. */
  ended?: number | undefined;
  durationMs?: number | undefined;
  /** Absent for what may well be waited for in vain, such as the end of a time limit. */
  what?: string;
  patienceMs?: number;
}

/**
 * Waits until it is the turn of what ended in that place. What was cut short lasts until the signal: the run departs where
 * nothing else goes on. Time on `order` is places, where the recording has them. Rejects with the signal's reason.
 */
export async function untilTurn(awaited: Awaited, stage: Stage, signal: AbortSignal = stage.over): Promise<void> {
  const { order, progress, over } = stage;
  const { ended, durationMs = 0 } = awaited;
  signal.throwIfAborted();
  if (ended === 0) return untilCut(awaited, stage, AbortSignal.any([signal, over]));
  const ms = ended === undefined ? durationMs : ended - order.now();
  if (ms > 0) await order.sleep(ms, signal);
  progress.look();
  signal.throwIfAborted();
}

async function untilCut(
  { what, patienceMs = PATIENCE_MS }: Awaited,
  { order, progress, depart }: Stage,
  signal: AbortSignal,
): Promise<void> {
  if (what === undefined) return order.sleep(Number.POSITIVE_INFINITY, signal);
  for (let before = -1; before !== progress.count; ) {
    before = progress.count;
    await systemClock.sleep(patienceMs, signal);
    await order.sleep(0, signal); // code may be running
  }
  depart(`it waits for ${what}, which was cut short when it was recorded`);
}

/** The clock given, with every reading and the end of every wait written to the tape, and who asked. */
export function recordingClock(
  clock: Clock,
  tape: Required<ClockTape>,
  progress: Progress,
  within: readonly string[] = [],
): PerCall<Clock> {
  const by = nameOf(within);
  const end = (index: number) => {
    tape.sleeps[index] = true;
    tape.ended[index] = progress.ended(index);
  };
  const recorded: PerCall<Clock> = {
    now: () => {
      const reading = clock.now();
      tape.readings.push(reading);
      tape.readBy.push(by);
      return reading;
    },
    sleep: async (ms, signal) => {
      const index = tape.sleeps.push(false) - 1;
      tape.ended[index] = 0;
      tape.durations[index] = ms;
      tape.sleptBy[index] = by;
      if (isSandbox(by)) return clock.sleep(ms, signal).then(() => end(index));
      progress.open();
      try {
        await clock.sleep(ms, signal);
        await progress.turn(index, signal);
        end(index);
      } finally {
        progress.close();
      }
    },
    hold: () => {
      const releases = [progress.hold(), clock.hold?.()];
      return () => {
        for (const release of releases) release?.();
      };
    },
    ofCall: (id) => recordingClock(clock, tape, progress, [...within, id]),
  };
  callers.set(recorded, by);
  return recorded;
}

/** The recorded readings and waits that a replay has not come to yet, each with who asked. */
export class ReplayTime {
  readonly #readings: Queues<number>;
  readonly #waits: Queues<{ done: boolean; ended: number | undefined; ms: number | undefined }>;
  readonly #durations: boolean;
  readonly #stage: Stage;
  readonly #last = new Map<string, number>();
  /** Who read the clock more often than is recorded. */
  readonly #more = new Set<string>();

  constructor(tape: ClockTape, stage: Stage) {
    this.#stage = stage;
    this.#readings = new Queues(tape.readings, tape.readBy);
    this.#durations = tape.durations !== undefined;
    const waits = tape.sleeps.map((done, index) => ({
      done,
      ended: done ? tape.ended?.[index] : 0,
      ms: tape.durations?.[index],
    }));
    this.#waits = new Queues(waits, tape.sleptBy);
  }

  /**
   * `now` gives the readings of whoever has this clock, in order; a wait that came to its end ends in its turn, one that was cut
   * short lasts until its signal. The run departs by a wait that is not recorded and is not cut short, and where nothing cuts it
   * short any more. What a sandbox asks for hangs on the speed of the machine.
   */
  clock(within: readonly string[] = []): PerCall<Clock> {
    const by = nameOf(within);
    const { order } = this.#stage;
    const clock: PerCall<Clock> = {
      now: () => this.#now(by),
      hold: () => order.hold(),
      sleep: (ms, signal) => this.#sleep(by, ms, signal),
      ofCall: (id) => this.clock([...within, id]),
    };
    callers.set(clock, by);
    return clock;
  }

  /**
   * The first use of time by the run itself or by one of these calls that is otherwise than recorded; undefined where there is
   * none, or where it is not known who asked. A call that was cut short may do this or that meanwhile.
   */
  change(calls: ReadonlySet<string>): string | undefined {
    const counts = (by: string) => by === '' || calls.has(by);
    const more = [...this.#more].find(counts);
    if (more !== undefined) return `${whose(more)} read the clock more often than is recorded`;
    const wait = this.#waits.left(({ done }, by) => done && counts(by));
    if (wait) return `${whose(wait.by)} did not wait for ${wait.entry.ms} ms, which is recorded`;
    const reading = this.#readings.left((_, by) => counts(by));
    return reading && `${whose(reading.by)} read the clock less often than is recorded`;
  }

  #now(by: string): number {
    const reading = this.#readings.of(by).shift();
    if (reading === undefined && !this.#readings.isShared) this.#more.add(by);
    const key = this.#readings.isShared ? '' : by;
    const now = reading ?? this.#last.get(key) ?? 0;
    this.#last.set(key, now);
    return now;
  }

  async #sleep(by: string, ms: number, signal: AbortSignal | undefined): Promise<void> {
    const isLimit = isSandbox(by);
    if (!isLimit) this.#stage.progress.asked();
    const recorded = isLimit && !this.#waits.isShared ? this.#reached(by) : this.#take(by, ms);
    if (!recorded && isLimit) return untilTurn({ ended: 0 }, this.#stage, signal);
    const patienceMs = PATIENCE_MS + Math.min(ms, MAX_WAIT_MS);
    const inVain = by && { what: `${ms} ms (${whose(by)})`, patienceMs }; // a time limit of the whole run may well be
    await untilTurn({ ended: recorded?.ended, durationMs: ms, ...inVain }, this.#stage, signal);
    if (!recorded) this.#stage.depart(`it waits for ${ms} ms once more than is recorded`);
  }

  /** The limit of a step of code comes if and where it came then, however often its time was stopped before. */
  #reached(by: string) {
    return this.#waits.of(by).find(({ done }) => done);
  }

  /** The next of that length: a wait that is new takes no other one's place. */
  #take(by: string, ms: number) {
    const waits = this.#waits.of(by);
    const alike = this.#durations ? waits.findIndex((wait) => wait.ms === ms) : 0;
    const index = alike < 0 ? waits.findIndex(({ done }) => done) : alike; // lengths that hang on the clock's readings differ
    return index < 0 ? undefined : waits.splice(index, 1)[0];
  }
}

export function recordingIds(
  ids: Ids,
  tape: { ids: string[]; idsBy: string[] },
  within: readonly string[] = [],
): PerCall<Ids> {
  const by = nameOf(within);
  const recorded = () => {
    const id = ids();
    tape.ids.push(id);
    tape.idsBy.push(by);
    return id;
  };
  return Object.assign(recorded, { ofCall: (id: string) => recordingIds(ids, tape, [...within, id]) });
}

/** The ids of the tape; the run departs by one that is not recorded. */
export function replayingIds({ ids, idsBy }: Pick<RunFile, 'ids' | 'idsBy'>, { depart }: Stage): PerCall<Ids> {
  const queues = new Queues(ids, idsBy);
  const idsOf = (within: readonly string[]): PerCall<Ids> => {
    const by = nameOf(within);
    const next = () => queues.of(by).shift() ?? depart(`${whose(by)} asks for an id once more than is recorded`);
    return Object.assign(next, { ofCall: (id: string) => idsOf([...within, id]) });
  };
  return idsOf([]);
}

/** Entries by who asked for them; all in one queue where the recording does not say. */
class Queues<Entry> {
  readonly isShared: boolean;
  readonly #queues = new Map<string, Entry[]>();

  constructor(entries: readonly Entry[], by: readonly string[] | undefined) {
    this.isShared = by === undefined;
    for (const [index, entry] of entries.entries()) this.of(by?.[index] ?? '').push(entry);
  }

  of(by: string): Entry[] {
    const key = this.isShared ? '' : by;
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    return queue;
  }

  /** The first that is left and of interest; none where it is not known who asked. */
  left(counts: (entry: Entry, by: string) => boolean): { entry: Entry; by: string } | undefined {
    if (this.isShared) return undefined;
    for (const [by, queue] of this.#queues) for (const entry of queue) if (counts(entry, by)) return { entry, by };
    return undefined;
  }
}

/** As `callId`s name a call; empty for the outermost run. */
export function nameOf(within: readonly string[]): string {
  const last = within.at(-1);
  return last === undefined ? '' : callKey(within.slice(0, -1), last);
}

/** Whether it is a sandbox's, or that of a step in it. */
function isSandbox(by: string): boolean {
  return by.split('/').slice(-2).includes(SANDBOX);
}

function whose(by: string): string {
  return by === '' ? 'the run itself' : `the call ${by}`;
}

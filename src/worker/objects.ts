import type { Clock } from '../web/clock';
import type { Fetcher, ObjectState } from './platform';
import { memoryRows, type Rows, sqlRows } from './rows';

/** Objects by name: of each there is one in the world, which answers its requests in turn. */
export type Objects = (name: string) => Fetcher;

/** What an object lives on, whichever runtime it is in. */
export interface ObjectHome {
  rows: Rows;
  /** The object is woken then, also where it has been evicted meanwhile; the last call counts. */
  wakeAt(atMs: number): Promise<void>;
  /** Forgets everything. */
  clear(): Promise<void>;
  /** Keeps the object awake for work that outlives a request, as far as the platform does. */
  waitUntil(work: Promise<unknown>): void;
  /** All others. */
  objects: Objects;
}

/** An object as its home calls it. */
export interface LivingObject extends Fetcher {
  alarm(): Promise<void>;
}

/** The home of a Durable Object. */
export function durableHome(state: ObjectState, objects: Objects): ObjectHome {
  const { storage } = state;
  const rows = sqlRows(storage);
  return {
    objects,
    waitUntil: (work) => state.waitUntil(work),
    rows,
    wakeAt: (atMs) => storage.setAlarm(atMs),
    clear: async () => {
      await storage.deleteAlarm();
      await rows.clear();
    },
  };
}

/** When an alarm that failed is tried again; the platform does so as well. */
const ALARM_RETRY_MS = 30_000;

/** Objects that live in this process, each made when it is first asked; one that keeps nothing, or was cleared, is forgotten. */
export function objectsInMemory(make: (home: ObjectHome) => LivingObject, clock: Clock): Objects {
  const living = new Map<string, LivingObject>();
  const objects: Objects = (name) => {
    const found = living.get(name);
    if (found) return found;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let underWay = 0;
    const rows = memoryRows();
    const wakeAt = async (atMs: number) => {
      clearTimeout(timer);
      timer = setTimeout(
        () => void made.alarm().catch(() => wakeAt(clock.now() + ALARM_RETRY_MS)),
        Math.max(0, atMs - clock.now()),
      );
      letGo(timer);
    };
    const made = make({
      rows,
      wakeAt,
      clear: async () => {
        clearTimeout(timer);
        living.delete(name);
      },
      waitUntil: (work) => void work.catch(() => undefined), // nothing ends this process's work early
      objects,
    });
    const object: LivingObject = {
      alarm: () => made.alarm(),
      fetch: async (request) => {
        underWay += 1;
        try {
          return await made.fetch(request);
        } finally {
          underWay -= 1;
          if (underWay === 0 && rows.last('') === undefined) living.delete(name); // else anybody's guesses would fill the memory
        }
      },
    };
    living.set(name, object);
    return object;
  };
  return objects;
}

/** Lets a Node process end while the timer runs; those of other runtimes are numbers. */
function letGo(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
    timer.unref();
}

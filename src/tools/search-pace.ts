import type { Clock } from '../web/clock';
import type { ToolHandle } from './tool';

const MIN_GAP_MS = 1_000; // at most one query a second, as smolagents keeps it

/** What a search needs of a tool's handle. */
export type SearchHandle = Pick<ToolHandle, 'fetch' | 'signal' | 'clock'>;

/** Waits so that queries are a second apart, by clock: a time means something only on its own. */
export class SearchPace {
  readonly #nextStart = new WeakMap<Clock, number>();

  async turn({ clock, signal }: SearchHandle): Promise<void> {
    const now = clock.now();
    const start = Math.max(now, this.#nextStart.get(clock) ?? 0);
    this.#nextStart.set(clock, start + MIN_GAP_MS);
    if (start > now) await clock.sleep(start - now, signal);
  }
}

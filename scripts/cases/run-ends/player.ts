import { CaseError, type Player } from '../player';
import type { EndsCase } from './case';
import { judge } from './judge';
import { RUN_ENDS_KEYS } from './keys';
import { play } from './play';

/** Plays run-ends/1: whenever and however a run is ended, it ends once, and nothing of it goes on. */
export const runEndsPlayer: Player = {
  kind: 'run-ends/1',
  keys: RUN_ENDS_KEYS,
  async play(item, { watchRejections }) {
    if (!isEndsCase(item)) throw new CaseError('a case needs an id and an expectation with states');
    return judge(item.expect, await play(item, watchRejections));
  },
};

/** The keys were checked against `RUN_ENDS_KEYS` before, types included. */
export function isEndsCase(
  item: Readonly<Record<string, unknown>>,
): item is Readonly<Record<string, unknown>> & EndsCase {
  const { expect } = item;
  return typeof item.id === 'string' && typeof expect === 'object' && expect !== null && 'states' in expect;
}

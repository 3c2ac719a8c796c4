import type { Player } from '../player';
import { CaseError } from '../player';
import type { ConformanceCase } from './case';
import { judge } from './judge';
import { CONFORMANCE_KEYS } from './keys';
import { play } from './play';

/** Plays conformance/1: what an agent does, with a scripted model and tools of known behaviour. */
export const conformancePlayer: Player = {
  kind: 'conformance/1',
  keys: CONFORMANCE_KEYS,
  async play(item, { realTimeFactor }) {
    if (!isConformanceCase(item)) throw new CaseError('a case needs an id and an agent');
    const { expect = {} } = item;
    if (Object.keys(expect).length === 0) throw new CaseError('a case without an expectation checks nothing');
    return judge(expect, await play(item), realTimeFactor);
  },
};

/** The keys were checked against `CONFORMANCE_KEYS` before, types included; what is left to see are those that must be there. */
export function isConformanceCase(
  item: Readonly<Record<string, unknown>>,
): item is Readonly<Record<string, unknown>> & ConformanceCase {
  return typeof item.id === 'string' && (item.agent === 'code' || item.agent === 'tool-calling');
}

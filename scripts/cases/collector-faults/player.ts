import { CaseError, CaseSkipped, type Player } from '../player';
import type { CollectorCase } from './case';
import { judge } from './judge';
import { COLLECTOR_FAULTS_KEYS } from './keys';
import { play } from './play';

/** Plays collector-faults/1: what becomes of spans when a collector fails. */
export const collectorFaultsPlayer: Player = {
  kind: 'collector-faults/1',
  keys: COLLECTOR_FAULTS_KEYS,
  async play(item, { runtime }) {
    if (!isCollectorCase(item)) throw new CaseError('a case needs an id');
    const { expect = {} } = item;
    if (Object.keys(expect).length === 0) throw new CaseError('a case without an expectation checks nothing');
    if (runtime === 'workerd' && item.produce?.some(({ event }) => event === 'pagehide'))
      throw new CaseSkipped('workerd has no page that goes, and no keepalive');
    return judge(expect, await play(item));
  },
};

/** The keys were checked against `COLLECTOR_FAULTS_KEYS` before, types included. */
export function isCollectorCase(
  item: Readonly<Record<string, unknown>>,
): item is Readonly<Record<string, unknown>> & CollectorCase {
  return typeof item.id === 'string';
}

import { CaseError, CaseSkipped, type Player } from '../player';
import type { WorkerCase } from './case';
import { judge } from './judge';
import { WORKER_KEYS } from './keys';
import { play } from './play';

/** Plays worker-api/1: requests to an edge worker, and the answers it must give. */
export const workerApiPlayer: Player = {
  kind: 'worker-api/1',
  keys: WORKER_KEYS,
  async play(item, { runtime, hostObjects }) {
    if (runtime === 'chromium') throw new CaseSkipped('a page serves nobody');
    if (!isWorkerCase(item)) throw new CaseError('a case needs an id');
    return judge(item.expect ?? {}, await play(item, hostObjects));
  },
};

/** The keys were checked against `WORKER_KEYS` before, types included. */
function isWorkerCase(item: Readonly<Record<string, unknown>>): item is Readonly<Record<string, unknown>> & WorkerCase {
  return typeof item.id === 'string';
}

import { CaseError, CaseSkipped, type Player } from '../player';
import type { AddressCase } from './case';
import { judge } from './judge';
import { ADDRESS_KEYS } from './keys';
import { visit } from './play';

/** Plays ssrf-urls/1: addresses that the page-visiting tool must fetch or refuse. */
export const ssrfUrlsPlayer: Player = {
  kind: 'ssrf-urls/1',
  keys: ADDRESS_KEYS,
  async play(item, { runtime }) {
    if (!isAddressCase(item)) throw new CaseError('a case needs an id and a url');
    if (runtime === 'chromium') throw new CaseSkipped('a page asks the worker of its origin, which judges addresses');
    if (item.needs === 'resolver' && runtime === 'workerd')
      throw new CaseSkipped('a worker cannot look a name up before it fetches');
    return judge(item, await visit(item));
  },
};

/** The keys were checked against `ADDRESS_KEYS` before, types included. */
function isAddressCase(
  item: Readonly<Record<string, unknown>>,
): item is Readonly<Record<string, unknown>> & AddressCase {
  return typeof item.id === 'string' && typeof item.url === 'string';
}

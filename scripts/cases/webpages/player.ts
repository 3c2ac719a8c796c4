import { CaseError, CaseSkipped, type Player } from '../player';
import type { PageCase } from './case';
import { judge } from './judge';
import { PAGE_KEYS } from './keys';
import { visit } from './play';

/** Plays webpages/1: responses that the page-visiting tool must turn into text, or refuse. */
export const webpagesPlayer: Player = {
  kind: 'webpages/1',
  keys: PAGE_KEYS,
  async play(item, { runtime, realTimeFactor }) {
    if (runtime === 'chromium') throw new CaseSkipped('a page asks the worker of its origin, which reads pages');
    if (!isPageCase(item)) throw new CaseError('a case needs an id and an expectation');
    return judge(item.expect, await visit(item), realTimeFactor);
  },
};

/** The keys were checked against `PAGE_KEYS` before, types included. */
function isPageCase(item: Readonly<Record<string, unknown>>): item is Readonly<Record<string, unknown>> & PageCase {
  return typeof item.id === 'string' && typeof item.expect === 'object';
}

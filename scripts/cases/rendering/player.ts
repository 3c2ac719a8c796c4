import { CaseError, CaseSkipped, type Player } from '../player';
import { PLACES, type RenderingCase } from './case';
import { judge } from './judge';
import { RENDERING_KEYS } from './keys';
import { runsWithText } from './run-with-text';

/** Plays rendering/1: text of models and tools that the trace viewer and the demo page must show without running it or calling out. */
export const renderingPlayer: Player = {
  kind: 'rendering/1',
  keys: RENDERING_KEYS,
  async play(item, { runtime, showRun }) {
    if (!isRenderingCase(item)) throw new CaseError('a case needs an id, a text, a place and an expectation');
    if (!showRun) throw new CaseSkipped(`${runtime} shows no pages`);
    const failures = Object.entries(runsWithText(item.text, item.place)).map(async ([form, run]) =>
      judge(item.expect, await showRun(run)).map((reason) => `${form}: ${reason}`),
    );
    return (await Promise.all(failures)).flat();
  },
};

/** The keys were checked against `RENDERING_KEYS` before, types included. */
function isRenderingCase(
  item: Readonly<Record<string, unknown>>,
): item is Readonly<Record<string, unknown>> & RenderingCase {
  const { id, text, place, expect } = item;
  const isPlace = PLACES.some((known) => known === place);
  return typeof id === 'string' && typeof text === 'string' && isPlace && typeof expect === 'object' && expect !== null;
}

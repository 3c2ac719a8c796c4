import type { KeyRule, KeyRules } from '../key-rules';
import { PLACES } from './case';

const TEXT: KeyRule = { types: ['text'] };

/** Every key and value of rendering/1 that the player knows. */
export const RENDERING_KEYS: KeyRules = {
  id: { needed: true, types: ['text'] },
  what: TEXT,
  text: { needed: true, types: ['text'] },
  place: { needed: true, values: PLACES },
  'expect.executed': { values: [false] },
  'expect.networkMustNot[]': TEXT,
  'expect.visible': TEXT,
  'expect.clickable[]': TEXT,
};

import type { KeyRule, KeyRules } from '../key-rules';

const TEXT: KeyRule = { types: ['text'] };
const NUMBER: KeyRule = { types: ['number'] };

/** Every key and value of ssrf-urls/1 that the player knows. */
export const ADDRESS_KEYS: KeyRules = {
  id: { needed: true, types: ['text'] },
  url: { needed: true, types: ['text'] },
  why: TEXT,
  expect: { needed: true, values: ['allow', 'deny'] },
  'expectAnyOf[]': { values: ['allow', 'deny'], or: '^allow-to [0-9a-f.:]+$' },
  at: { values: ['url', 'connect'], or: '^hop [1-9][0-9]*$' },
  normalized: TEXT,
  needs: { values: ['resolver'] },
  'resolves.*[]': TEXT,
  'resolvesInTurn.*[][]': TEXT,
  'hops[].status': NUMBER,
  'hops[].location': TEXT,
  requests: NUMBER,
};

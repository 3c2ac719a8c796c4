import type { KeyRule, KeyRules } from '../key-rules';

const TEXT: KeyRule = { types: ['text'] };
const NUMBER: KeyRule = { types: ['number'] };
const TRUE: KeyRule = { values: [true] };

/** Every key and value of webpages/1 that the player knows. */
export const PAGE_KEYS: KeyRules = {
  id: { needed: true, types: ['text'] },
  what: TEXT,
  note: TEXT,
  url: TEXT,
  status: NUMBER,
  'headers.*': TEXT,
  body: TEXT,
  bodyBase64: TEXT,
  'bodyGen.prefix': TEXT,
  'bodyGen.repeat': TEXT,
  'bodyGen.times': NUMBER,
  'bodyGen.suffix': TEXT,
  'bodyGen.gzip': TRUE,
  'bodyGen.endless': TRUE,
  'bodyGen.delayMsPerChunk': NUMBER,
  expect: { needed: true },
  'expect.outcome': { needed: true, values: ['text', 'error'] },
  'expect.mustContain[]': TEXT,
  'expect.mustNotContain[]': TEXT,
  'expect.inOrder[]': TEXT,
  'expect.links[][]': TEXT,
  'expect.maxChars': NUMBER,
  'expect.truncated': TRUE,
  'expect.errorIncludes': TEXT,
  'expect.maxReadBytes': NUMBER,
  'expect.maxMs': NUMBER,
  'expect.maxVirtualMs': NUMBER,
  'expect.requests': NUMBER,
};

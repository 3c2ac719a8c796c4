import type { KeyRule, KeyRules } from '../key-rules';

const TEXT: KeyRule = { types: ['text'] };
const NUMBER: KeyRule = { types: ['number'] };
const TRUE: KeyRule = { values: [true] };

export const OUTCOMES = ['value', 'none', 'error', 'timeout', 'oom'] as const;
const CATEGORIES = ['realm', 'pollution', 'arguments', 'resource', 'throwing', 'protocol', 'isolation'];

/** Keys of a step of code, which is a case, or one of the `runs` of a case. */
const RUN: KeyRules = {
  what: TEXT,
  category: { values: CATEGORIES },
  code: TEXT,
  parses: { types: ['boolean'] },
  'expect.outcome[]': { values: OUTCOMES },
  'expect.valueAnyOf[].**': {},
  'expect.errorIncludes': TEXT,
  'expect.hostCallsMax.*': NUMBER,
  'expect.maxLogChars': NUMBER,
  'expect.maxErrorChars': NUMBER,
  'expect.maxWallMs': NUMBER,
  'expect.hostUntouched': TRUE,
  'expect.knownHard': TRUE,
};

/** Every key and value of sandbox-attacks/1 that the player knows. */
export const ATTACK_KEYS: KeyRules = {
  id: { needed: true, types: ['text'] },
  ...RUN,
  'runs[].id': TEXT,
  ...Object.fromEntries(Object.entries(RUN).map(([path, rule]) => [`runs[].${path}`, rule])),
};

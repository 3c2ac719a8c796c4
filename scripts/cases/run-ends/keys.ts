import type { KeyRule, KeyRules } from '../key-rules';

const NUMBER: KeyRule = { types: ['number'] };
const AGENT: KeyRule = { needed: true, values: ['tool-calling', 'code'] };

/** Every key and value of run-ends/1. */
export const RUN_ENDS_KEYS: KeyRules = {
  id: { needed: true, types: ['text'] },
  what: { types: ['text'] },
  agent: AGENT,
  manages: AGENT,
  stream: { types: ['boolean'] },
  by: { needed: true, values: ['signal', 'abort', 'dispose', 'leave', 'budget'] },
  'microtasks[]': NUMBER,
  'turns[]': NUMBER,
  'expect.states[]': { values: ['success', 'interrupted', 'budget'] },
  'expect.runs': { needed: true, ...NUMBER },
};

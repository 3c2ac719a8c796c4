import { parse } from 'acorn';
import { CaseError, CaseSkipped, type Player } from '../player';
import type { AttackCase, AttackRun } from './case';
import { judge } from './judge';
import { ATTACK_KEYS } from './keys';
import { play } from './play';
import { TOOL_NAMES } from './tools';

/** Plays sandbox-attacks/1: code that a model may be made to write, and what the sandbox must do with it. */
export const sandboxAttacksPlayer: Player = {
  kind: 'sandbox-attacks/1',
  keys: ATTACK_KEYS,
  async play(item, { runtime, realTimeFactor }) {
    if (!isAttackCase(item)) throw new CaseError('a case needs an id');
    const runs = runsOf(item);
    if (runtime === 'workerd' && runs.some((run) => run.expect?.knownHard))
      throw new CaseSkipped('knownHard: workerd has no stop from outside for a built-in that does not ask');
    const failures: string[] = [];
    for (const run of runs) failures.push(...judge(run.expect ?? {}, await play(run, realTimeFactor), realTimeFactor));
    return failures;
  },
};

/** The steps of a case. Throws a `CaseError` for a case that contradicts itself. */
export function runsOf({ code, expect, parses, runs }: AttackCase): readonly AttackRun[] {
  if (runs && (code !== undefined || expect || parses !== undefined))
    throw new CaseError('runs stand in place of code, parses and expect');
  if (!runs && code === undefined) throw new CaseError('a case needs code or runs');
  const all = runs ?? [{ code, expect, parses }];
  if (all.length === 0) throw new CaseError('`runs` is empty');
  for (const { code: attack, parses: parsed, expect: expected = {} } of all) {
    if (attack === undefined) throw new CaseError('each of the runs needs code');
    if (parsed !== undefined && parsed !== isBodyOfAsyncFunction(attack))
      throw new CaseError(`parses is ${parsed}, and the code ${parsed ? 'does not' : 'does'}`);
    const { outcome = [], valueAnyOf, errorIncludes, hostCallsMax = {} } = expected;
    if (outcome.length === 0) throw new CaseError('an expectation needs the outcomes that are allowed');
    if (valueAnyOf && !outcome.includes('value')) throw new CaseError('valueAnyOf needs the outcome value');
    if (errorIncludes !== undefined && outcome.some((one) => one === 'value' || one === 'none'))
      throw new CaseError('errorIncludes needs outcomes that are errors');
    const unknown = Object.keys(hostCallsMax).find((name) => !TOOL_NAMES.some((known) => known === name));
    if (unknown !== undefined) throw new CaseError(`hostCallsMax: there is no tool ${unknown}`);
  }
  return all;
}

function isBodyOfAsyncFunction(javascript: string): boolean {
  const options = {
    ecmaVersion: 'latest',
    allowAwaitOutsideFunction: true,
    allowReturnOutsideFunction: true,
    allowHashBang: false, // it may open a script, not a body
  } as const;
  try {
    parse(javascript, options);
    return true;
  } catch {
    return false;
  }
}

/** The keys were checked against `ATTACK_KEYS` before, types included. */
export function isAttackCase(
  item: Readonly<Record<string, unknown>>,
): item is Readonly<Record<string, unknown>> & AttackCase {
  return typeof item.id === 'string';
}

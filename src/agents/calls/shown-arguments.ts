import { AgentToolExecutionError } from '../../errors';
import { fromJson, toJson } from '../../executors/codec';
import type { NamedArguments } from '../../tools/arguments';
import { showSetting } from '../../web/options';
import { isRecord } from '../../web/record';
import { callKeyOf } from './call-tally';
import type { HumanAnswer, WaitingCall } from './human';

/**
 * What a tool is to be given, as rules and humans are shown it: by name, a copy of their own, in forms that a saved run
 * can hold. Throws `AgentToolExecutionError` where a schema made no object of the arguments.
 */
export function shownArguments(name: string, given: unknown): NamedArguments {
  if (isRecord(given)) return copyOf(given);
  throw new AgentToolExecutionError(
    `${name} did not run: its inputs make ${showSetting(given)} of the arguments, and only an object can be shown to who may refuse it`,
  );
}

/** A copy that shares nothing with them. */
export function copyOf(args: Readonly<Record<string, unknown>>): NamedArguments {
  if (Object.values(args).every((value) => typeof value !== 'object' || value === null)) return { ...args };
  const copy = fromJson(toJson(args));
  return isRecord(copy) ? copy : { ...args };
}

/** What a human put in place of the arguments that a call was to run with; nothing where it is the same. */
export function editedBy(answer: HumanAnswer, { arguments: shown }: WaitingCall): NamedArguments | undefined {
  const edited = 'allow' in answer ? answer.arguments : undefined;
  return edited && isSame(edited, shown) ? undefined : edited;
}

/** Whether both are the same arguments, in whatever order; one that is undefined counts as left out. */
export function isSame(args: NamedArguments, others: NamedArguments): boolean {
  return callKeyOf('', present(args)) === callKeyOf('', present(others));
}

function present(args: NamedArguments): NamedArguments {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));
}

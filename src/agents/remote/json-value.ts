import { AgentConfigurationError } from '../../errors';
import { isRecord } from '../../web/record';
import { describeError } from '../runs/context';
import { CLASS } from './remote-options';

/**
 * The value as it arrives: JSON of plain objects, lists, texts, finite numbers, booleans and null; keys without a value are left
 * out. Throws `AgentConfigurationError` that names the place of anything else, which JSON would drop or make another thing of.
 */
export function asJson(value: object): object {
  let problem: string | undefined;
  try {
    problem = problemIn(value, '', []);
    if (problem === undefined) return JSON.parse(JSON.stringify(value));
  } catch (cause) {
    problem = describeError(cause); // a getter, or nested without end
  }
  throw new AgentConfigurationError(`${CLASS}: what is sent must be what JSON can say: ${problem}`);
}

function problemIn(value: unknown, place: string, around: readonly unknown[]): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${place} is ${value}`;
  if (typeof value !== 'object') return `${place} is ${nounOf(typeof value)}`;
  if (around.includes(value)) return `${place} is a cycle`;
  const within = [...around, value];
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) {
      const problem = problemIn(item, `${place}[${at}]`, within);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  if (!isRecord(value) || !isPlain(value))
    return `${place} is ${nounOf(Object.prototype.toString.call(value).slice(8, -1))}`;
  for (const [key, item] of Object.entries(value)) {
    const problem = item === undefined ? undefined : problemIn(item, place === '' ? key : `${place}.${key}`, within);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Of this page or of another frame of it. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function nounOf(kind: string): string {
  if (kind === 'undefined') return kind;
  return kind === 'Object' ? 'an object of a class' : `a ${kind}`;
}

import { toJson } from '../../executors/codec';
import { untagged } from './untagged';

/**
 * A value of a live run, which may be anything, as one that can be read without fear and says in JSON what it is: as a saved run
 * shows it. Cycles are texts, and what throws when it is read is `[Unreadable]`.
 */
export function readable(value: unknown): unknown {
  return typeof value === 'string' || value === undefined ? value : untagged(toJson(value));
}

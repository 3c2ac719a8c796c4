import { AgentConfigurationError } from '../errors';
import { refuseUnknownOptions } from '../web/options';
import { DEFAULT_LIMITS, type SandboxOptions } from './executor';

const OPTION_NAMES = ['functions', 'modules', 'limits', 'clock', 'signal', 'snapshot'];
/** Timers take no more milliseconds; a limit on anything else needs no more either. */
export const MAX_LIMIT = 2 ** 30;
/** Polls in one go where nothing outside can stop a guest: seconds of plain loops, minutes of promise jobs. */
export const FUEL_POLLS = 20_000_000;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
/** Always there, and the bridge's own. */
const OWN_NAMES = ['final_answer', 'console', 'print'];

/** The options as given, without `final_answer`, which every sandbox has. Throws an `AgentConfigurationError` for what is not allowed. */
export function checkedOptions(options: SandboxOptions): SandboxOptions {
  refuseUnknownOptions('A sandbox', options, OPTION_NAMES);
  refuseUnknownOptions('A sandbox: `limits`', options.limits, Object.keys(DEFAULT_LIMITS));
  for (const [name, value] of Object.entries(options.limits)) {
    if (typeof value !== 'number' || !(value > 0) || value > MAX_LIMIT) {
      throw new AgentConfigurationError(
        `limits.${name} is ${String(value)}: a number above 0, at most ${MAX_LIMIT}, is needed`,
      );
    }
  }
  const functions = options.functions.filter(({ name }) => name !== 'final_answer');
  const seen = new Set<string>(OWN_NAMES);
  for (const { name } of functions) {
    if (!IDENTIFIER.test(name))
      throw new AgentConfigurationError(`The function name '${name}' is no JavaScript identifier`);
    if (seen.has(name)) throw new AgentConfigurationError(`The function name '${name}' is taken`);
    seen.add(name);
  }
  return { ...options, functions };
}

/** How a host keeps its threads. */
export interface ThreadSettings {
  /** How long a guest that does not stop by itself may overrun its limit before its thread is ended, in milliseconds. */
  graceMs: number;
  /** Threads kept for the next sandbox when theirs is closed. */
  maxIdleThreads: number;
}

/** Throws an `AgentConfigurationError` for a number that is none, or below 0. */
export function checkThreadSettings({ graceMs, maxIdleThreads }: ThreadSettings): void {
  if (!(graceMs >= 0 && graceMs <= MAX_LIMIT))
    throw new AgentConfigurationError(
      `graceMs is ${graceMs}: a number of milliseconds, 0 or more, at most ${MAX_LIMIT}, is needed`,
    );
  if (!(maxIdleThreads >= 0))
    throw new AgentConfigurationError(`maxIdleThreads is ${maxIdleThreads}: a number, 0 or more, is needed`);
}

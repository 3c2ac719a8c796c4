import { AgentConfigurationError } from '../errors';

/** Throws `AgentConfigurationError` when `options` has a key that is not in `allowed`; `owner` is named in the message. */
export function refuseUnknownOptions(owner: string, options: object, allowed: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!allowed.includes(key)) {
      throw new AgentConfigurationError(`${owner} has no option \`${key}\`; it takes ${allowed.join(', ')}`);
    }
  }
}

/** Throws `AgentConfigurationError` unless `value` is a whole number from `least` on. */
export function requireWholeNumber(owner: string, option: string, value: unknown, least = 1): void {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    throw new AgentConfigurationError(
      `${owner}: ${option} is ${String(value)}, must be a whole number from ${least} on`,
    );
  }
}

import { AgentConfigurationError } from '../errors';
import { nearName } from './near-name';
import { isRecord } from './record';

/** The longest wait a timer takes, in milliseconds: a longer one fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

const MAX_SHOWN_CHARACTERS = 60;

/** Throws `AgentConfigurationError`: option of owner is this value, and what is allowed. The value must be no secret. */
export function refuseSetting(owner: string, option: string, value: unknown, allowed: string): never {
  throw new AgentConfigurationError(`${owner}: ${option} is ${showSetting(value)}, must be ${allowed}`);
}

/**
 * Throws `AgentConfigurationError` when `options` is no object or has a key that is not in `allowed`; `owner` is named
 * in the message, the option that was probably meant, and `hint`, where some keys belong elsewhere.
 */
export function refuseUnknownOptions(owner: string, options: unknown, allowed: readonly string[], hint = ''): void {
  if (!isRecord(options)) {
    throw new AgentConfigurationError(
      `${owner} was given ${showSetting(options)}, must be an object of options: ${allowed.join(', ')}`,
    );
  }
  for (const key of Object.keys(options)) {
    if (allowed.includes(key)) continue;
    const meant = nearName(key, allowed);
    throw new AgentConfigurationError(
      `${owner} has no option \`${key}\`${meant ? `, did you mean \`${meant}\`?` : ';'} it takes ${allowed.join(', ')}${hint}`,
    );
  }
}

/** The value, if it is a whole number from `least` to `most`; throws `AgentConfigurationError` else. */
export function requireWholeNumber(
  owner: string,
  option: string,
  value: unknown,
  least = 1,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
  refuseSetting(owner, option, value, `a whole number ${range}`);
}

/** Throws `AgentConfigurationError` unless a header of a request can carry the text. The value is shown. */
export function requireHeaderText(owner: string, option: string, value: unknown): void {
  if (typeof value !== 'string' || value.trim() === '') refuseSetting(owner, option, value, 'a text that is not empty');
  if (!fitsHeader(value)) refuseSetting(owner, option, value, 'a text without line breaks and letters beyond Latin-1');
}

/** Whether a header can have this name: a token (RFC 9110, section 5.6.2). */
export function isHeaderName(text: string): boolean {
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(text);
}

/** Whether a header's value can be this text: no control characters, nothing beyond Latin-1 (RFC 9110, section 5.5). */
export function fitsHeader(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}

/** A setting for a message: texts quoted and cut, of objects and lists only that they are some, since they may hold secrets. */
export function showSetting(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > MAX_SHOWN_CHARACTERS ? `${value.slice(0, MAX_SHOWN_CHARACTERS)}…` : value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** The options without those that are undefined, so that they leave defaults alone. */
export function withoutUndefined<Options extends object>(options: Options): Options {
  const given: Options = { ...options };
  for (const key of Object.keys(given) as (keyof Options)[]) if (given[key] === undefined) delete given[key];
  return given;
}

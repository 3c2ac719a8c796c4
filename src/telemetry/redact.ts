import { AgentConfigurationError } from '../errors';
import { REDACTED } from './masking';
import type { Redact, RedactPatterns } from './redact-patterns';

/** What is taken out of every text of a trace. */
export type RedactOption = RedactPatterns | Redact;

/** The redaction of a trace, of which the larger part is fetched when it is asked for. */
export interface Redaction {
  /** Absent where nothing is to be taken out; redacts texts whole while it is loading. */
  redact: Redact | undefined;
  isLoading(): boolean;
}

/** The function that takes an option's matches out. Throws `AgentConfigurationError` for what is no option. */
export async function redactor(option: RedactOption): Promise<Redact> {
  check(option);
  return load(option);
}

/** The same for use at once. Throws `AgentConfigurationError` for what is no option. */
export function redaction(option: RedactOption | undefined): Redaction {
  if (option === undefined) return { redact: undefined, isLoading: () => false };
  check(option);
  if (typeof option === 'function') return { redact: option, isLoading: () => false };
  let loaded: Redact | undefined;
  load(option).then(
    (redact) => {
      loaded = redact;
    },
    () => {
      loaded = () => REDACTED; // it could not be fetched: nothing is told
    },
  );
  return { redact: (text) => loaded?.(text) ?? REDACTED, isLoading: () => loaded === undefined };
}

async function load(option: RedactOption): Promise<Redact> {
  if (typeof option === 'function') return option;
  const { redactByPatterns } = await import('./redact-patterns');
  return redactByPatterns(option);
}

function check(option: unknown): void {
  if (option === 'default' || typeof option === 'function') return;
  if (!Array.isArray(option))
    throw new AgentConfigurationError(
      `redact is ${String(option)}, must be "default", a list of patterns, or a function`,
    );
  for (const pattern of option) if (pattern !== 'default') checkPattern(pattern);
}

function checkPattern(pattern: unknown): void {
  try {
    if (pattern instanceof RegExp || (typeof pattern === 'string' && new RegExp(pattern).source !== '(?:)')) return;
  } catch (cause) {
    throw new AgentConfigurationError(`redact: ${JSON.stringify(pattern)} is no regular expression`, { cause });
  }
  throw new AgentConfigurationError(`redact: ${String(pattern)} is neither a regular expression nor the text of one`);
}

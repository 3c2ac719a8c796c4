import { refuseSetting } from '../web/options';
import type { Redact, RedactPatterns } from './redact-patterns';
import { REDACTED } from './redacted';

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
  if (typeof option === 'function') return option;
  const { redactByPatterns } = await import('./redact-patterns');
  return redactByPatterns(option);
}

/** The same for use at once. Throws `AgentConfigurationError` for what is no option. */
export function redaction(option: RedactOption | undefined): Redaction {
  if (option === undefined || typeof option === 'function') return { redact: option, isLoading: () => false };
  check(option);
  let loaded: Redact | undefined;
  const set = (redact: Redact) => {
    loaded = redact;
  };
  redactor(option).then(set, () => set(() => REDACTED)); // one that could not be fetched tells nothing
  return { redact: (text) => loaded?.(text) ?? REDACTED, isLoading: () => !loaded };
}

function check(option: unknown): void {
  if (option === 'default' || typeof option === 'function') return;
  const patterns: readonly unknown[] = Array.isArray(option) ? option : [option];
  const wrong = patterns.findIndex((pattern) => !isPattern(pattern));
  if (wrong >= 0 || patterns[0] === option)
    refuseSetting(
      'A trace',
      'redact',
      patterns[Math.max(wrong, 0)],
      '"default", a function, or a list of regular expressions',
    );
}

function isPattern(pattern: unknown): boolean {
  try {
    return pattern instanceof RegExp || (typeof pattern === 'string' && new RegExp(pattern).source !== '(?:)');
  } catch {
    return false;
  }
}

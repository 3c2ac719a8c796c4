import { refuseSetting } from '../../web/options';
import type { Redact, RedactPatterns } from './redact-patterns';

/** What is taken out of every text of a trace. */
export type RedactOption = RedactPatterns | Redact;

/** The function that takes an option's matches out. Throws `AgentConfigurationError` for what is no option. */
export async function redactor(option: RedactOption): Promise<Redact> {
  checkRedact(option);
  if (typeof option === 'function') return option;
  const { redactByPatterns } = await import('./redact-patterns');
  return redactByPatterns(option);
}

/** Throws `AgentConfigurationError` for what is no option. */
export function checkRedact(option: unknown): void {
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

import { DEFAULT_LIMITS } from './executor';
import { cut, show } from './show';

/**
 * Name and message of whatever was thrown; no name for what is no error. Never throws: the parts of an error may be no
 * texts, or throw when they are read.
 */
export function thrownWords(
  thrown: unknown,
  maxCharacters = DEFAULT_LIMITS.maxErrorCharacters,
): { name?: string; message: string } {
  const words = (value: unknown) => cut(show(value, maxCharacters), maxCharacters);
  try {
    if (thrown instanceof Error) return { name: words(thrown.name), message: words(thrown.message) };
  } catch {
    // shown as far as it can be
  }
  return { message: words(thrown) };
}

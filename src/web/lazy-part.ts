import { WebAccessError } from '../errors';
import type { Clock } from './clock';

/**
 * A part of the package that only some runs need, fetched at its first use. Bundlers know the `import()` in `load` by its
 * text, so each caller writes it out. A virtual `clock` is held meanwhile: a fetch takes real time. Throws a `WebAccessError`
 * (`network`) that names the part where its file cannot be had, as after a deployment that took the old files away.
 */
export async function lazyPart<Part>(name: string, load: () => Promise<Part>, clock?: Clock): Promise<Part> {
  const release = clock?.hold?.();
  try {
    return await load();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WebAccessError(
      `The part of smolagents-web for ${name} could not be loaded: ${why}. It is a file of its own beside the app's script; serve all files of one build together.`,
      { reason: 'network', cause },
    );
  } finally {
    release?.();
  }
}

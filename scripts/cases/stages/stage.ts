import type { PlayFileOptions } from '../play-file';
import type { Verdict } from '../player';

/** A runtime in which cases are played. Closing it ends what was started for it. */
export interface Stage extends AsyncDisposable {
  /** How much slower than the reference it is, as measured there. */
  readonly realTimeFactor: number;
  /** Plays the cases of one file, given as what `JSON.parse` gave. */
  play(content: unknown, options: Pick<PlayFileOptions, 'file' | 'only'>): AsyncIterable<Verdict>;
}

/** The stage cannot be set up on this machine; the message says what is missing. */
export class StageError extends Error {
  override readonly name = 'StageError';
}

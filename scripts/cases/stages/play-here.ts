import { type PlayFileOptions, playFile } from '../play-file';
import type { RuntimeName, Surroundings, Verdict } from '../player';
import { players } from '../players';
import { measureRealTimeFactor } from '../real-time-factor';
import { watchRejectionsOfGlobal } from '../rejections';

/** What a stream of verdicts ends with: one that breaks off may look as if it were over. */
export const END = 'end';

/** A file of cases as it is sent to another runtime. */
export interface SentFile extends Pick<PlayFileOptions, 'file' | 'only'> {
  content: unknown;
  realTimeFactor: number;
}

/** What a runtime does when it is asked by the runner: every stage calls these in the end, in whichever process it is. */
export function actorIn(runtime: RuntimeName, given: Partial<Omit<Surroundings, 'runtime' | 'realTimeFactor'>> = {}) {
  const surroundings = { runtime, watchRejections: watchRejectionsOfGlobal, ...given };
  return {
    measure: measureRealTimeFactor,
    play: ({ content, realTimeFactor, ...options }: SentFile): AsyncGenerator<Verdict> =>
      playFile(content, { ...options, players, surroundings: { ...surroundings, realTimeFactor } }),
    async playAll(sent: SentFile): Promise<Verdict[]> {
      const verdicts: Verdict[] = [];
      for await (const verdict of this.play(sent)) verdicts.push(verdict);
      return verdicts;
    },
  };
}

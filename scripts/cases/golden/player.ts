import { show } from '../json';
import { CaseError, type Player } from '../player';
import { serveByFetch } from '../serving';
import { compareRequests } from './compare-requests';
import { compareSpans } from './compare-tree';
import type { GoldenFile } from './golden-file';
import { GOLDEN_KEYS } from './keys';
import { type Compat, type Played, play } from './play';
import { isSameFailure, sameValue, type TextRules, textRules } from './texts';

const MODES: readonly Compat[] = ['strict', 'improved'];

/** Plays golden/1: one run of an agent, whose spans and requests must equal those of Python smolagents, in both modes. */
export const goldenPlayer: Player = {
  kind: 'golden/1',
  keys: GOLDEN_KEYS,
  wholeFile: 'scenario',
  async play(item, { serve = serveByFetch }) {
    if (!isGoldenFile(item))
      throw new CaseError('a golden file needs agent, model, run, script, model_requests and spans');
    const problems: string[] = [];
    for (const compat of MODES) {
      const played = await play(item, compat, serve);
      problems.push(...judge(item, played, compat).map((problem) => `${compat}: ${problem}`));
    }
    return problems;
  },
};

/** What of a run is not as the file says. */
export function judge(file: GoldenFile, played: Played, compat: Compat): string[] {
  const rules = textRules(file);
  return [
    ...played.problems,
    ...compareResult(file, played, rules),
    ...compareRequests(file.model_requests, played.requests, rules),
    ...compareSpans(played, { file, rules, compat }),
  ];
}

function compareResult({ result, error }: GoldenFile, played: Played, rules: TextRules): string[] {
  const thrown = played.error instanceof Error ? played.error.message : String(played.error);
  const isFailure = error !== null && error !== undefined;
  if (isFailure !== played.threw)
    return [isFailure ? `the run gave ${show(played.result)}, expected ${show(error)}` : `the run threw ${thrown}`];
  if (isFailure) return isSameFailure(JSON.stringify(error), thrown, rules) ? [] : [`the run threw ${thrown}`];
  const same = sameValue(result ?? null, played.result ?? null, rules);
  return same ? [] : [`the run gave ${show(played.result)}, expected ${show(result)}`];
}

/** The keys were checked against `GOLDEN_KEYS` before; what is left to see are those that must be there. */
export function isGoldenFile(item: object): item is GoldenFile {
  const needed = ['agent', 'model', 'run', 'script', 'model_requests', 'spans', 'tools', 'tool_outputs'];
  return needed.every((key) => key in item);
}

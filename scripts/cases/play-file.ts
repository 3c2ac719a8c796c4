import { isObject } from './json';
import { checkKeys, type KeyRule, type KeyRules } from './key-rules';
import { CaseSkipped, type Player, type Surroundings, type Verdict } from './player';

/** Real time after which a case that has not ended counts as failed, before the factor. */
const CASE_LIMIT_MS = 60_000;

export interface PlayFileOptions {
  /** Name of the file in verdicts. */
  file: string;
  players: ReadonlyMap<string, Player>;
  surroundings: Surroundings;
  /** Only the case of this id. */
  only?: string | undefined;
}

/** Plays the cases of one file, given as what `JSON.parse` gave; verdicts come as the cases end. */
export async function* playFile(content: unknown, options: PlayFileOptions): AsyncGenerator<Verdict> {
  const { file, players, surroundings, only } = options;
  const kind = isObject(content) ? content.kind : undefined;
  const player = typeof kind === 'string' ? players.get(kind) : undefined;
  const reasons = player
    ? player.wholeFile
      ? []
      : fileProblems(content)
    : [`unknown kind ${JSON.stringify(kind)}; known: ${[...players.keys()].join(', ')}`];
  const items = player?.wholeFile ? [content] : itemsOf(content);
  if (reasons.length > 0 && items.length === 0) yield { file, id: '(file)', state: 'failed', reasons };

  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const id = idOf(item, index, player?.wholeFile);
    if (only !== undefined && id !== only) continue;
    const twice = seen.has(id) ? [`the id ${JSON.stringify(id)} is not unique in this file`] : [];
    seen.add(id);
    const problems = [...reasons, ...twice, ...(player ? keyProblems(item, content, player) : [])];
    if (problems.length > 0 || !player || !isObject(item)) yield { file, id, state: 'failed', reasons: problems };
    else yield { file, id, ...(await playCase(item, player, surroundings)) };
  }
}

async function playCase(item: Readonly<Record<string, unknown>>, player: Player, surroundings: Surroundings) {
  const limitMs = CASE_LIMIT_MS * surroundings.realTimeFactor;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stuck = new Promise<string[]>((resolve) => {
    timer = setTimeout(() => resolve([`did not end within ${limitMs / 1000} s of real time`]), limitMs);
  });
  try {
    const reasons = await Promise.race([player.play(item, surroundings), stuck]);
    return reasons.length > 0 ? { state: 'failed' as const, reasons } : { state: 'passed' as const };
  } catch (error) {
    if (error instanceof CaseSkipped) return { state: 'skipped' as const, reason: error.message };
    return { state: 'failed' as const, reasons: [describe(error)] };
  } finally {
    clearTimeout(timer);
  }
}

function keyProblems(item: unknown, content: unknown, player: Player): string[] {
  const format = !player.wholeFile && isObject(content) && isObject(content.format) ? content.format.keys : undefined;
  const ofFile = isKeyRules(format) ? checkKeys(item, format) : [];
  const ofPlayer = checkKeys(item, player.keys).map((problem) => `the runner: ${problem}`);
  return ofFile.length > 0 ? ofFile : ofPlayer;
}

/** A file has `cases` and a `format` whose `keys` are rules; a file without `format` is judged by the player's own list. */
function fileProblems(content: unknown): string[] {
  if (!isObject(content)) return ['a file must hold an object'];
  const problems = Object.keys(content)
    .filter((key) => !['kind', 'description', 'format', 'cases'].includes(key))
    .map((key) => `unknown key ${key} of the file`);
  if (!Array.isArray(content.cases)) problems.push('a file must hold a list of cases');
  else if (content.cases.length === 0) problems.push('the file holds no cases');
  if (content.format !== undefined && !(isObject(content.format) && isKeyRules(content.format.keys))) {
    problems.push('format.keys must say a text or rules for each key');
  }
  return problems;
}

function isKeyRules(value: unknown): value is KeyRules {
  return isObject(value) && Object.values(value).every((rule) => typeof rule === 'string' || isKeyRule(rule));
}

function isKeyRule(rule: unknown): rule is KeyRule {
  if (!isObject(rule)) return false;
  const known = ['is', 'values', 'or', 'same_keys_as'];
  return (
    Object.keys(rule).every((key) => known.includes(key)) &&
    (rule.values === undefined || Array.isArray(rule.values)) &&
    [rule.is, rule.or, rule.same_keys_as].every((text) => text === undefined || typeof text === 'string')
  );
}

function itemsOf(content: unknown): readonly unknown[] {
  return isObject(content) && Array.isArray(content.cases) ? content.cases : [];
}

function idOf(item: unknown, index: number, key = 'id'): string {
  const id = isObject(item) ? item[key] : undefined;
  return typeof id === 'string' && id !== '' ? id : `(case ${index + 1}, without an id)`;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  return error.name === 'CaseError' ? error.message : `threw ${error.name}: ${error.message}`;
}

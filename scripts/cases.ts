import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommandLine, readCommandLine } from './cases/command-line';
import type { Verdict } from './cases/player';
import { openStage } from './cases/stages/open-stage';
import { type Stage, StageError } from './cases/stages/stage';

const UNREADABLE = 2;
/** What of the shared data has a player. */
const SHARED = [
  ...['conformance', 'golden', 'hazards/collector-faults.json', 'hazards/model-faults.json'],
  'hazards/rendering.json',
  ...['hazards/sandbox-attacks.json', 'hazards/ssrf-urls.json', 'hazards/telemetry-secrets.json'],
  ...['hazards/webpages.json', 'hazards/worker-api.json'],
];
const ROOT = fileURLToPath(new URL('..', import.meta.url));

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  let commandLine: CommandLine;
  try {
    commandLine = readCommandLine(words);
  } catch (error) {
    return refuse(messageOf(error));
  }
  try {
    await using stage = await openStage(commandLine.runtime);
    return await playAll(commandLine, stage);
  } catch (error) {
    if (error instanceof StageError) return refuse(`--runtime ${commandLine.runtime}: ${error.message}`);
    throw error;
  }
}

async function playAll({ runtime, only, json, paths }: CommandLine, stage: Stage): Promise<number> {
  const { realTimeFactor } = stage;
  console.log(`runtime ${runtime}; limits in real time times ${realTimeFactor}`);
  const { files, unreadable } = await findFiles(paths.length > 0 ? paths : await ownPaths());
  const verdicts: Verdict[] = [];
  for (const path of files) {
    const content = await readJson(path, unreadable);
    if (content)
      for await (const verdict of stage.play(content.json, { file: shortPath(path), only }))
        verdicts.push(told(verdict));
  }
  tellSkipped(verdicts);
  for (const problem of unreadable) console.error(problem);
  if (only !== undefined && verdicts.length === 0) return refuse(`no case has the id ${only}`);

  const count = (state: Verdict['state']) => verdicts.filter((verdict) => verdict.state === state).length;
  const counts = { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  if (json !== undefined) {
    const text = `${JSON.stringify({ ...counts, realTimeFactor, verdicts }, null, 2)}\n`;
    try {
      await writeFile(json, text);
    } catch (error) {
      return refuse(`cannot write ${json}: ${messageOf(error)}`);
    }
  }
  if (unreadable.length > 0) return UNREADABLE;
  return counts.failed > 0 ? 1 : 0;
}

/** The project's own cases, and the shared ones where they are there. */
async function ownPaths(): Promise<string[]> {
  const folder = resolve(process.env.CASES ?? join(ROOT, '../shared'));
  const shared = SHARED.map((path) => join(folder, path));
  const own = join(ROOT, 'test/cases');
  const found = await Promise.all(shared.map((path) => stat(path).catch(() => undefined)));
  if (found.every(Boolean)) return [...shared, own];
  console.error(
    `NO SHARED CASES: ${shared.filter((_, index) => !found[index]).join(', ')} not there, set CASES to the folder that holds them; only the project's own cases run`,
  );
  return [own];
}

/** All files, those of folders at any depth that end in `.json`, sorted by name. */
async function findFiles(paths: readonly string[]): Promise<{ files: string[]; unreadable: string[] }> {
  const files: string[] = [];
  const unreadable: string[] = [];
  for (const path of paths) {
    try {
      if ((await stat(path)).isDirectory()) {
        const names = (await readdir(path, { recursive: true })).filter((name) => name.endsWith('.json')).sort();
        if (names.length === 0) unreadable.push(`${path} holds no .json files`);
        files.push(...names.map((name) => join(path, name)));
      } else files.push(path);
    } catch (error) {
      unreadable.push(`cannot read ${path}: ${messageOf(error)}`);
    }
  }
  return { files, unreadable };
}

async function readJson(path: string, unreadable: string[]): Promise<{ json: unknown } | undefined> {
  try {
    return { json: JSON.parse(await readFile(path, 'utf8')) };
  } catch (error) {
    unreadable.push(`cannot read ${path}: ${messageOf(error)}`);
    return undefined;
  }
}

/** Prints one line for a failure, when it happens. */
function told(verdict: Verdict): Verdict {
  const name = `${verdict.file} ${verdict.id}`;
  if (verdict.state === 'failed') console.log(`FAILED ${name}: ${verdict.reasons.join(' | ').replaceAll('\n', '\\n')}`);
  return verdict;
}

/** Prints one line for all that one file skips for one reason: whole files are, where a runtime cannot play them. */
function tellSkipped(verdicts: readonly Verdict[]): void {
  const ids = new Map<string, string[]>();
  for (const verdict of verdicts) {
    if (verdict.state !== 'skipped') continue;
    const why = `${verdict.file}: ${verdict.reason}`;
    ids.set(why, [...(ids.get(why) ?? []), verdict.id]);
  }
  for (const [why, skipped] of ids) console.log(`skipped ${skipped.length} of ${why}: ${skipped.join(' ')}`);
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

function refuse(message: string): number {
  console.error(message);
  return UNREADABLE;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

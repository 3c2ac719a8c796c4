import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The cases of a data file below `CASES` (default `../shared`), or none and one loud line where it is absent. */
export function casesOf<Case>(file: string): Case[] {
  const path = join(process.env.CASES ?? '../shared', file);
  if (!existsSync(path)) {
    console.warn(`NOT RUN: ${file} is absent; set CASES to the folder that holds it`);
    return [];
  }
  const { cases }: { cases: Case[] } = JSON.parse(readFileSync(path, 'utf8'));
  return cases;
}

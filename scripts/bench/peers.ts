import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { installProject } from '../projects.mjs';

const PACKAGE = 'bench'; // in test/projects, with a lock file that pins the peers
const MOST_OUTPUT = 64 * 1024 * 1024;

let installed: Promise<string> | undefined;

/** Contestants of `test/projects/bench/contestants.mjs` beside this package and the loop written by hand. */
export const PEERS = ['ai', '@tanstack/ai'] as const;
export const OURS = 'smolagents-web';
export const BARE = 'bare';

/**
 * The JSON that a script of the bench's own package prints, run by plain Node in a process of its own on the package as
 * it is built. What comes of it is as the script's first line says. Throws with all that the script printed where it fails.
 */
export async function runInPackage<Result>(script: string, args: readonly (string | number)[]): Promise<Result> {
  installed ??= installProject(PACKAGE);
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args.map(String)], {
    cwd: await installed,
    env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' },
    maxBuffer: MOST_OUTPUT,
  });
  return JSON.parse(stdout);
}

// Starts on a fresh clone, so everything here is plain Node: nothing may be imported from node_modules.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './steps.mjs';

/** Installs the dependencies where they are missing or older than the lock file. Throws where npm cannot. */
export async function installDependencies() {
  const installed = join(root, 'node_modules', '.package-lock.json'); // written by npm when it is done
  if (existsSync(installed) && changedAt(installed) >= changedAt(join(root, 'package-lock.json'))) return;
  console.log('Installing dependencies: npm ci');
  const { status } = await run('npm ci --include=dev --no-audit --no-fund --loglevel=error', { show: true });
  if (status !== 0)
    throw new Error('npm ci failed: the packages in package-lock.json could not be installed (see above)');
}

/** Makes the source files that no person writes, where they are not right already. Throws with the output of a failure. */
export async function generateSources() {
  const { status, output } = await run('node scripts/generate.mjs');
  if (status !== 0) throw new Error(`scripts/generate.mjs failed\n${output}`);
}

export default generateSources; // what vitest calls before any test

/** When a file changed, in milliseconds since the epoch. @param {string} path */
export function changedAt(path) {
  return statSync(path).mtimeMs;
}

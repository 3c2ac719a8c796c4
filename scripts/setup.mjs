// Starts on a fresh clone, so everything here is plain Node: nothing may be imported from node_modules.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './steps.mjs';

const BUILT_FROM = ['src', 'package.json', 'tsconfig.json', 'tsup.config.ts'];

/** Installs the dependencies where they are missing or older than the lock file. Throws where npm cannot. */
export async function installDependencies() {
  const installed = join(root, 'node_modules', '.package-lock.json'); // written by npm when it is done
  if (existsSync(installed) && changedAt(installed) >= changedAt(join(root, 'package-lock.json'))) return;
  console.log('Installing dependencies: npm ci');
  const { status } = await run('npm ci --include=dev --no-audit --no-fund --loglevel=error', { show: true });
  if (status !== 0)
    throw new Error('npm ci failed: the packages in package-lock.json could not be installed (see above)');
}

/** Builds `dist` where it is missing or older than what it is made from. Throws with the output of a build that failed. */
export async function buildPackage() {
  const built = join(root, 'dist', 'index.d.ts'); // written last
  if (existsSync(built) && changedAt(built) >= Math.max(...BUILT_FROM.map((name) => newest(join(root, name))))) return;
  console.log('Building dist: npm run build');
  const { status, output } = await run('npm run build');
  if (status !== 0) throw new Error(`npm run build failed\n${output}`);
}

export default buildPackage; // what vitest calls before the tests of the built package

/** Newest change below a path, folders included, since removing a file changes only its folder. @type {(path: string) => number} */
function newest(path) {
  if (!existsSync(path)) return 0;
  if (!statSync(path).isDirectory()) return changedAt(path);
  return Math.max(changedAt(path), ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** @param {string} path */
function changedAt(path) {
  return statSync(path).mtimeMs;
}

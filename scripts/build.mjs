import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { changedAt, generateSources } from './setup.mjs';
import { root, run } from './steps.mjs';

const BUILT_FROM = ['src', 'package.json', 'tsconfig.json', 'tsup.config.ts'];

/** Builds `dist` where it is missing or older than what it is made from. Throws with the output of a build that failed. */
export async function buildPackage() {
  await generateSources();
  const built = join(root, 'dist', 'index.d.ts'); // written last
  if (existsSync(built) && changedAt(built) >= Math.max(...BUILT_FROM.map((name) => newest(join(root, name))))) return;
  console.log('Building dist: npm run build');
  const { status, output } = await run('tsup --silent');
  if (status !== 0) throw new Error(`npm run build failed\n${output}`);
}

export default buildPackage; // what vitest calls before the tests of what is built

/** Newest change below a path, folders included, since removing a file changes only its folder. @type {(path: string) => number} */
function newest(path) {
  if (!existsSync(path)) return 0;
  if (!statSync(path).isDirectory()) return changedAt(path);
  return Math.max(changedAt(path), ...readdirSync(path).map((name) => newest(join(path, name))));
}

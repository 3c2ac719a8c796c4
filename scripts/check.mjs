// Format, lint, types, sizes and what is published: everything that can be said without running a test.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildPackage } from './build.mjs';
import { installDependencies } from './setup.mjs';
import { root, runSteps } from './steps.mjs';

/**
 * Runs all checks, also after one failed, and prints a line for each.
 * @returns {Promise<{ passed: number, failures: string[] }>} the names of those that failed
 */
export async function check() {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const cache = 'node_modules/.cache/pack';
  mkdirSync(join(root, cache), { recursive: true });
  const packed = `${cache}/${name}-${version}.tgz`;
  return runSteps([
    { name: 'lock file is complete', command: 'node scripts/lock.mjs' },
    { name: 'format and lint', command: 'biome check --error-on-warnings .' },
    { name: 'types of src, without Node', command: 'tsc -p tsconfig.json' },
    { name: 'types of the trace viewer, with DOM', command: 'tsc -p tsconfig.viewer.json' },
    { name: 'types of Node parts, tests, scripts and demo', command: 'tsc -p tsconfig.node.json' },
    { name: 'sizes', command: 'node scripts/run.mjs scripts/sizes.ts', show: true },
    { name: 'package can be packed', command: `npm pack --ignore-scripts --pack-destination ${cache}` },
    { name: 'package metadata', command: `publint ${packed} --strict` },
    { name: 'package types', command: `attw ${packed} --profile esm-only --quiet` },
  ]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await installDependencies();
  await buildPackage();
  const { failures } = await check();
  process.exit(failures.length === 0 ? 0 : 1);
}

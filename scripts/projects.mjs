// `node scripts/projects.mjs [NAME...]` writes the lock files of test/projects, or of those named, for this package.json.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildPackage } from './build.mjs';
import { cacheFolder } from './cache.mjs';
import { root, run } from './steps.mjs';

const PROJECTS = join(root, 'test', 'projects');
const PACKED = 'smolagents-web.tgz'; // what the projects' package.json names
const INSTALLED_WITH = ['package.json', 'package-lock.json'];

/** Names of the test projects: apps with dependencies and a lock file of their own. */
export const projectNames = readdirSync(PROJECTS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/**
 * Installs what a folder's lock file names, scripts apart, into the cache, and gives the folder there. `prepare` is called before
 * with the folder that becomes it.
 * @param {string} source
 * @param {(folder: string) => Promise<void>} [prepare]
 * @returns {Promise<string>}
 */
export async function installLocked(source, prepare = async () => {}) {
  const hash = createHash('sha256');
  for (const file of INSTALLED_WITH) hash.update(readFileSync(join(source, file)));
  const folder = join(cacheFolder, 'projects', `${basename(source)}-${hash.digest('hex').slice(0, 16)}`);
  const work = `${folder}.${process.pid}`;
  if (existsSync(folder)) return folder;
  mkdirSync(work, { recursive: true });
  for (const file of INSTALLED_WITH) copyFileSync(join(source, file), join(work, file));
  await prepare(work);
  await must(`npm ci --prefix "${work}" --ignore-scripts --no-audit --no-fund --loglevel=error`);
  if (existsSync(folder)) rmSync(work, { recursive: true });
  else renameSync(work, folder);
  return folder;
}

/**
 * Installs a test project by its lock file, with the package as it is built now, and gives the folder to run it in. What comes
 * from the registry is kept between test runs; this package is put in anew each time.
 * @param {string} name
 * @returns {Promise<string>}
 */
export async function installProject(name) {
  const source = join(PROJECTS, name);
  const folder = await installLocked(source, (work) => pack(join(work, PACKED)));
  const used = join(root, '.cache', 'projects', name); // the tests of one checkout must not change what another one uses
  rmSync(used, { recursive: true, force: true });
  cpSync(folder, used, { recursive: true, verbatimSymlinks: true });
  cpSync(source, used, { recursive: true });
  await pack(join(used, PACKED));
  const own = join(used, 'node_modules', 'smolagents-web');
  rmSync(join(own, 'dist'), { recursive: true });
  await must(`tar -xzf "${join(used, PACKED)}" -C "${own}" --strip-components=1`);
  return used;
}

/** What a project's lock file says this package depends on, by name. @param {string} name @returns {Record<string, string>} */
export function lockedDependencies(name) {
  const { packages } = JSON.parse(readFileSync(join(PROJECTS, name, 'package-lock.json'), 'utf8'));
  return packages['node_modules/smolagents-web']?.dependencies ?? {};
}

/** Writes a lock file without the checksum of this package, which changes with every build. @param {string} name */
async function writeLock(name) {
  const folder = join(PROJECTS, name);
  const lock = join(folder, 'package-lock.json');
  rmSync(lock, { force: true });
  await pack(join(folder, PACKED));
  await must(
    `npm install --prefix "${folder}" --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund`,
  );
  const content = JSON.parse(readFileSync(lock, 'utf8'));
  delete content.packages['node_modules/smolagents-web'].integrity;
  writeFileSync(lock, `${JSON.stringify(content, null, 2)}\n`);
  rmSync(join(folder, PACKED));
}

/** The package as npm would publish it, in one file. @param {string} file */
async function pack(file) {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const folder = `${file}.folder`;
  mkdirSync(folder, { recursive: true });
  await must(`npm pack --ignore-scripts --loglevel=error --pack-destination "${folder}"`);
  renameSync(join(folder, `${name}-${version}.tgz`), file);
  rmSync(folder, { recursive: true });
}

/** @param {string} command */
async function must(command) {
  const { status, output } = await run(command);
  if (status !== 0) throw new Error(`${command} failed:\n${output.trimEnd().split('\n').slice(-15).join('\n')}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await buildPackage();
  const named = process.argv.slice(2);
  for (const name of named.length > 0 ? named : projectNames) await writeLock(name);
}

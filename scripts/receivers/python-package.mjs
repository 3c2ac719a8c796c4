import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../cache.mjs';
import { run } from '../steps.mjs';

/** What could not be installed on this machine, and why. */
export class NotInstalledError extends Error {
  /** @override */
  name = 'NotInstalledError';
}

/**
 * Path of an environment of Python that has the packages of a requirements file, made at the first call. `version` names it, so
 * that another version gets another one. Two processes at once each make one, and the first that is done is kept.
 * Throws `NotInstalledError` where there is no Python or a package cannot be had.
 * @param {{ name: string, version: string, requirements: string }} what `requirements` is the path of a file for pip
 * @returns {Promise<string>}
 */
export async function installPython({ name, version, requirements }) {
  const place = join(cacheFolder, `${name}-${version}`);
  if (existsSync(pythonOf(place))) return place;
  mkdirSync(cacheFolder, { recursive: true });
  const made = join(cacheFolder, `${name}-${version}.${process.pid}`);
  console.log(`Installing ${name} ${version} from PyPI into ${cacheFolder}, once`);
  for (const command of [
    `python3 -m venv "${made}"`,
    `"${pythonOf(made)}" -m pip install --quiet --no-input --disable-pip-version-check --requirement "${requirements}"`,
  ]) {
    const { status, output } = await run(command);
    if (status === 0) continue;
    rmSync(made, { recursive: true, force: true });
    const end = output.trimEnd().split('\n').slice(-5).join('\n');
    throw new NotInstalledError(`${name} ${version} could not be installed (${command}):\n${end}`);
  }
  return keep(made, place);
}

/** The interpreter of an environment. @param {string} environment @returns {string} */
export function pythonOf(environment) {
  return join(environment, 'bin', 'python');
}

/**
 * An environment cannot be moved, since its scripts name its path: so the name that is looked for is made to lead to it, in one
 * go, also where another process was faster.
 * @param {string} made @param {string} place
 */
function keep(made, place) {
  const link = `${made}.link`;
  symlinkSync(made, link);
  renameSync(link, place);
  return place;
}

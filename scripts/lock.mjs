// Fails when package-lock.json lacks an optional package that another one names, or the checksum of a package.
// `npm install` drops an optional package that the registry does not have, and `npm ci` then refuses the lock file.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/**
 * What is wrong with the `packages` of a lock file, one line each.
 * @param {Record<string, { integrity?: string, optionalDependencies?: Record<string, string> }>} packages
 * @returns {string[]}
 */
export function lockFaults(packages) {
  const faults = [];
  for (const [path, { integrity, optionalDependencies = {} }] of Object.entries(packages)) {
    if (path !== '' && !integrity) faults.push(`${path} has no integrity`);
    for (const name of Object.keys(optionalDependencies)) {
      const found = foldersFrom(path).some((folder) => packages[`${folder}node_modules/${name}`]);
      if (!found) faults.push(`${path} names ${name}, which is not in the lock file`);
    }
  }
  return faults;
}

/** The folders in which Node looks for what the package at `path` imports, nearest first, each ready for `node_modules/`. @param {string} path */
function foldersFrom(path) {
  const parts = path.split(/(?<=^|\/)node_modules\//);
  return parts.map((_, index) =>
    parts
      .slice(0, parts.length - index)
      .join('node_modules/')
      .replace(/(?<=[^/])$/, '/'),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const file = new URL('../package-lock.json', import.meta.url);
  const faults = lockFaults(JSON.parse(readFileSync(file, 'utf8')).packages);
  for (const fault of faults) console.log(fault);
  process.exit(faults.length === 0 ? 0 : 1);
}

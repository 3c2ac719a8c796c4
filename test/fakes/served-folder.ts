import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { AppFiles } from './app-bundle';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** The files of a folder by path below `at`, as `servePublic` serves them; those of unknown endings are left out. */
export function filesOf(folder: string, at = '/'): AppFiles {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => extname(path) in TYPES);
  const files = paths.map((path) => {
    const file = { type: TYPES[extname(path)] ?? '', body: readFileSync(join(folder, path)) };
    return [`${at}${path.replaceAll('\\', '/')}`, file] as const;
  });
  return Object.fromEntries(files);
}

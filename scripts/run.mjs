// `node scripts/run.mjs FILE.ts [arguments]` runs a TypeScript file of this checkout on the sources of `src`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { generateSources, installDependencies } from './setup.mjs';
import { root } from './steps.mjs';

const [file, ...rest] = process.argv.slice(2);
if (!file || !existsSync(join(root, file))) {
  console.error(`The file to run does not exist: ${file ?? 'none was given'}`);
  process.exit(2);
}
await installDependencies();
await generateSources();

const { register } = await import('tsx/esm/api'); // there only now on a fresh clone
register({ tsconfig: join(root, 'tsconfig.node.json') }); // whose `paths` lead the package's own name to `src`
process.setSourceMapsEnabled(true);
process.argv = [process.execPath, join(root, file), ...rest];
await import(pathToFileURL(join(root, file)).href);

// `npm run zone`: builds demo/zone.html to ES2016 and natively, and serves both on loopback until Ctrl-C.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildPackage } from './build.mjs';
import { installDependencies } from './setup.mjs';
import { root } from './steps.mjs';

const BUILDS = [
  { folder: 'es2016', target: 'es2016', title: 'built to ES2016: await has become promises' },
  { folder: 'native', target: 'es2022', title: 'built natively: await is that of the browser' },
];

/**
 * The files of the demo by path: the same page in a folder for each build. Needs the built package.
 * @returns {Promise<Record<string, { type: string, body: string | Uint8Array }>>}
 */
export async function zoneDemoFiles() {
  const { build } = await import('esbuild'); // there only now on a fresh clone
  /** @type {Record<string, { type: string, body: string | Uint8Array }>} */
  const files = { '/zone.css': { type: 'text/css', body: readFileSync(join(root, 'demo', 'zone.css')) } };
  for (const { folder, target, title } of BUILDS) {
    files[`/${folder}/zone.html`] = { type: 'text/html', body: readFileSync(join(root, 'demo', 'zone.html')) };
    const { outputFiles } = await build({
      absWorkingDir: root,
      entryPoints: { app: 'demo/zone.ts' },
      bundle: true,
      splitting: true,
      minify: true,
      write: false,
      outdir: `/${folder}`,
      format: 'esm',
      target,
      define: { BUILD: JSON.stringify(title) },
      tsconfigRaw: {}, // else the paths of tsconfig.json would lead to the sources
      logLevel: 'error',
    });
    for (const { path, contents } of outputFiles) files[path] = { type: 'text/javascript', body: contents };
  }
  return files;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await installDependencies();
  await buildPackage();
  const files = await zoneDemoFiles();
  const server = createServer((request, response) => {
    const file = files[request.url ?? ''];
    if (file) response.writeHead(200, { 'content-type': file.type }).end(file.body);
    else response.writeHead(request.url === '/' ? 302 : 404, { location: '/es2016/zone.html' }).end();
  });
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
    const address = server.address();
    if (address && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}/es2016/zone.html`);
  });
}

// `node build.mjs vite|esbuild|webpack` builds main.js and viewer.js, minified, into the folder of that name.
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import webpack from 'webpack';

const BUNDLERS = {
  vite: () =>
    vite({
      configFile: false,
      logLevel: 'error',
      build: { outDir: 'vite', rolldownOptions: { input: ['main.js', 'viewer.js'] } },
    }),
  esbuild: () =>
    esbuild({
      entryPoints: ['main.js', 'viewer.js'],
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      outdir: 'esbuild',
      logLevel: 'error',
    }),
  webpack: () =>
    new Promise((resolve, reject) => {
      const output = { path: `${import.meta.dirname}/webpack`, module: true };
      const config = {
        mode: 'production',
        entry: { main: './main.js', viewer: './viewer.js' },
        output,
        experiments: { outputModule: true },
      };
      webpack(config, (error, stats) => {
        if (error ?? stats.hasErrors()) reject(error ?? new Error(stats.toString('errors-only')));
        else resolve();
      });
    }),
};

await BUNDLERS[process.argv[2]]();

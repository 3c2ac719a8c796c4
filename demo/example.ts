import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runExample } from './run-example';

const RECORDING = fileURLToPath(new URL('./recordings/gdp.run.json', import.meta.url));
const INTERRUPTED = 130; // what a shell gives for Ctrl-C

const stop = new AbortController();
process.on('SIGINT', () => {
  if (stop.signal.aborted) process.exit(INTERRUPTED); // a second time: at once
  stop.abort(new Error('stopped by Ctrl-C'));
});

process.exitCode = await runExample({
  words: process.argv.slice(2),
  environment: process.env,
  terminal: {
    write: (text) => void process.stdout.write(text),
    isTerminal: process.stdout.isTTY === true,
    colours: process.stdout.isTTY === true && !process.env.NO_COLOR,
    now: () => performance.now(),
  },
  complain: (text) => void process.stderr.write(`${text}\n`),
  readRecording: async () => JSON.parse(await readFile(RECORDING, 'utf8')),
  fetch,
  signal: stop.signal,
});

import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Top folder of the checkout, without a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

/**
 * Runs a command line in the top folder; programs of node_modules are found by name.
 * `show` passes the output on as it comes; it is returned in any case, both streams as one text.
 * @param {string} command
 * @param {{ show?: boolean, env?: Record<string, string> }} [options]
 * @returns {Promise<{ status: number, output: string }>}
 */
export function run(command, { show = false, env = {} } = {}) {
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const child = spawn(command, {
    cwd: root,
    shell: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: path, ...colours(), ...env },
  });
  let output = '';
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
    child[name].setEncoding('utf8').on('data', (text) => {
      output += text;
      if (show) process[name].write(text);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ status: code ?? 1, output }));
  });
}

/**
 * Children write to a pipe here, and cannot see whether a person reads on in a terminal.
 * @returns {Record<string, string>}
 */
function colours() {
  if (process.env.NO_COLOR || process.env.FORCE_COLOR) return {};
  return process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
}

/** One line that stands out, for what a reader of the output must not miss. @param {string} text */
export function loud(text) {
  console.log(`\n*** ${text}\n`);
}

/**
 * Runs named commands one after the other, prints a line for each, and the whole output of those that failed.
 * @param {readonly { name: string, command: string, show?: boolean }[]} steps
 * @returns {Promise<{ passed: number, failures: string[] }>} the names of those that failed
 */
export async function runSteps(steps) {
  let passed = 0;
  const failures = [];
  for (const { name, command, show = false } of steps) {
    const start = Date.now();
    const { status, output } = await run(command);
    const line = `${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`;
    if (status === 0) {
      passed += 1;
      console.log(`  ok      ${line}`);
      if (show) console.log(output.trimEnd().replaceAll(/^/gm, '            '));
    } else {
      failures.push(name);
      console.log(`  FAILED  ${line}: ${command}\n${output.trimEnd()}`);
    }
  }
  return { passed, failures };
}

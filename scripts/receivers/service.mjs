import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const STOP_MS = 10_000;
const POLL_MS = 250;

/**
 * A program that was started and is ready. All that it prints is in the file `log`. `stop` ends it and removes its folder; the
 * end of this process ends it as well.
 * @typedef {{ log: string, stop(): Promise<void> }} Service
 */

/**
 * Starts a program in a temporary folder and waits until `isReady` resolves to true. Throws with the end of its output where it
 * ends before that or is not ready in time.
 * @param {{ name: string, command: string, args: readonly string[], environment?: (folder: string) => Record<string, string>,
 *   isReady: () => Promise<boolean>, readyMs: number }} program
 * @returns {Promise<Service>}
 */
export async function startService({ name, command, args, environment = () => ({}), isReady, readyMs }) {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  const log = join(folder, 'output.txt');
  const file = openSync(log, 'a');
  const child = spawn(command, args, {
    cwd: folder,
    stdio: ['ignore', file, file],
    env: { ...process.env, ...environment(folder) },
  });
  closeSync(file);
  let isOver = false;
  const ended = once(child, 'close')
    .catch((error) => console.log(`${name} could not be started: ${error.message}`))
    .then(() => {
      isOver = true;
    });
  const endWithProcess = () => child.kill('SIGKILL');
  process.once('exit', endWithProcess);
  const stop = async () => {
    process.off('exit', endWithProcess);
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(force);
    rmSync(folder, { recursive: true, force: true });
  };

  const limit = Date.now() + readyMs;
  while (!(await isReady())) {
    if (isOver || Date.now() > limit) {
      const printed = readFileSync(log, 'utf8').slice(-2_000);
      await stop();
      throw new Error(`${name} ${isOver ? 'ended' : `was not ready after ${readyMs / 1000} s`}:\n${printed}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return { log, stop };
}

/** So many ports of loopback that nobody listens on at this moment. @param {number} count @returns {Promise<number[]>} */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address && typeof address === 'object') ports.push(address.port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

import { join } from 'node:path';
import { root } from './steps.mjs';

export const DEFAULT_PORT = 8787;

/**
 * Where `npm start` keeps runs and traces. One folder for each port: two workers that write into the same database lock each
 * other out. Any free port (0) is another one each time, so the process has a folder of its own.
 * @param {number} port
 */
export function stateFolder(port) {
  if (port === DEFAULT_PORT) return join(root, '.wrangler', 'state');
  return join(root, '.wrangler', `state-${port === 0 ? `of-${process.pid}` : port}`);
}

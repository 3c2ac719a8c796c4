import process from 'node:process';
import type { Runtime } from '../executors/runtime';

/** Stand-in until the sandbox host of Node is here. */
export const runtime: Runtime = {
  name: 'node',
  environment: (name) => process.env[name],
  executor: () => Promise.reject(new Error('no sandbox host yet')),
  webOrigin: undefined,
};

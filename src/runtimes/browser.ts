import type { Runtime } from '../executors/runtime';

/** Stand-in until the sandbox host of pages is here. */
export const runtime: Runtime = {
  name: 'browser',
  environment: () => undefined,
  executor: () => Promise.reject(new Error('no sandbox host yet')),
  webOrigin: undefined,
};

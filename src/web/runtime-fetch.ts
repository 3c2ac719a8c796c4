import type { Fetch } from './fetch';

/** The runtime's own fetch as it is at the call; for public doors, where none was given. */
export const runtimeFetch: Fetch = (input, init) => globalThis.fetch(input, init);

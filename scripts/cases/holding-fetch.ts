import type { Fetch } from 'smolagents-web';
import type { VirtualClock } from 'smolagents-web/testing';
import { scriptedResponse } from './scripted-response';

/** A fetch that the virtual clock waits for, the body included: the script always answers, and takes no time. */
export function holding(clock: VirtualClock, fetch: Fetch): Fetch {
  return async (input, init) => {
    const release = clock.hold();
    try {
      const response = await fetch(input, init);
      const { status, headers } = response;
      return scriptedResponse(await response.arrayBuffer(), { status, headers });
    } finally {
      release();
    }
  };
}

import type { ToolHandle } from '../../tools/tool';
import type { Clock } from '../../web/clock';
import type { Fetch } from '../../web/fetch';
import { isRequest } from '../../web/redirect-of';
import type { Scope } from '../scope';
import { watchedFetch } from './watched-fetch';

/**
 * What a tool is given beside its arguments: spans and requests that it makes by this are children of `scope`, and what it
 * waits for ends with `signal`, whether it passes that on or not.
 */
export function toolHandle(
  scope: Scope,
  facts: Pick<ToolHandle, 'signal' | 'clock' | 'callId' | 'addresses'> & { fetch: Fetch },
): ToolHandle {
  const { signal, clock, callId, addresses } = facts;
  return {
    signal,
    clock: endedClock(clock, signal),
    callId,
    addresses,
    fetch: endedFetch(watchedFetch(facts.fetch, scope), signal),
    context: scope.context,
    traceparent: scope.traceparent,
    with: (fn) => scope.with(fn),
    async span(name, fn, attributes) {
      const child = scope.child({ type: 'span', name, ...(attributes && { attributes }) });
      try {
        const output = await child.with(() => fn(toolHandle(child, facts)));
        child.end({ type: 'output', output });
        return output;
      } catch (error) {
        facts.signal.throwIfAborted();
        child.end({ type: 'failure', error });
        throw error;
      } finally {
        child.end();
      }
    },
  };
}

function endedClock(clock: Clock, signal: AbortSignal): Clock {
  return {
    now: () => clock.now(),
    sleep: (ms, own) => clock.sleep(ms, either(own, signal)),
    ...(clock.hold && { hold: () => clock.hold?.() ?? nothingHeld }),
  };
}

function nothingHeld(): void {}

function endedFetch(fetch: Fetch, signal: AbortSignal): Fetch {
  return (input, init) => {
    const own = init?.signal ?? (isRequest(input) ? input.signal : undefined);
    return fetch(input, { ...init, signal: either(own, signal) });
  };
}

function either(own: AbortSignal | undefined, signal: AbortSignal): AbortSignal {
  return own && own !== signal ? AbortSignal.any([own, signal]) : signal;
}

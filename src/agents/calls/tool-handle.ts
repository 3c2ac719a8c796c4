import type { ToolHandle } from '../../tools/tool';
import type { Fetch } from '../../web/fetch';
import type { Scope } from '../scope';
import { watchedFetch } from './watched-fetch';

/** What a tool is given beside its arguments: spans and requests that it makes by this are children of `scope`. */
export function toolHandle(
  scope: Scope,
  facts: Pick<ToolHandle, 'signal' | 'clock' | 'callId' | 'addresses'> & { fetch: Fetch },
): ToolHandle {
  const { signal, clock, callId, addresses } = facts;
  return {
    signal,
    clock,
    callId,
    addresses,
    fetch: watchedFetch(facts.fetch, scope),
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

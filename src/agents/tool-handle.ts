import type { ToolHandle } from '../tools/tool';
import type { Fetch } from '../web/fetch';
import { type Scope, unwatched } from './scope';

/** What a tool is given beside its arguments: spans and requests that it makes by this are children of `scope`. */
export function toolHandle(
  scope: Scope,
  facts: Pick<ToolHandle, 'signal' | 'clock' | 'callId'> & { fetch: Fetch },
): ToolHandle {
  const { signal, clock, callId } = facts;
  return {
    signal,
    clock,
    callId,
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

/** The fetch with a scope for each request, and the header `traceparent` where that scope gives one. */
function watchedFetch(fetch: Fetch, scope: Scope): Fetch {
  if (scope === unwatched) return fetch;
  return async (input, init = {}) => {
    const request = scope.child({ type: 'request', ...addressOf(input, init) });
    try {
      const response = await request.with(() => fetch(input, withParent(input, init, request.traceparent)));
      request.end({ type: 'response', status: response.status });
      return response;
    } catch (error) {
      if (!init.signal?.aborted) request.end({ type: 'failure', error });
      throw error;
    } finally {
      request.end();
    }
  };
}

function addressOf(input: string | URL | Request, { method }: RequestInit): { method: string; url: string } {
  const isRequest = typeof input === 'object' && 'url' in input;
  const url = isRequest ? input.url : String(input);
  return { method: (method ?? (isRequest ? input.method : 'GET')).toUpperCase(), url };
}

/** What the tool itself set wins. */
function withParent(input: string | URL | Request, init: RequestInit, traceparent: string | undefined): RequestInit {
  if (traceparent === undefined) return init;
  const own = init.headers ?? (typeof input === 'object' && 'headers' in input ? input.headers : undefined);
  const headers = new Headers(own);
  if (!headers.has('traceparent')) headers.set('traceparent', traceparent);
  return { ...init, headers };
}

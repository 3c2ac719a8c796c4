import type { Clock, Fetch, ToolHandle } from 'smolagents-web';

/** The handle of one call of a tool that is asked outside of a run, and traced by nobody. */
export function visitingHandle(fetch: Fetch, clock: Clock): ToolHandle {
  const handle: ToolHandle = {
    signal: new AbortController().signal,
    fetch,
    clock,
    callId: 'call-1',
    addresses: { add: () => {}, has: () => true, found: [] }, // no run has given any
    span: async (_name, work) => work(handle),
    with: (work) => work(),
    context: undefined,
    traceparent: undefined,
  };
  return handle;
}

import { AddressBook } from '../../src/agents/calls/address-book';
import type { ToolHandle } from '../../src/tools/tool';
import { systemClock } from '../../src/web/clock';

/** A handle as a run gives it: real clock, a signal that never aborts, and a fetch that refuses. */
export function toolHandle(more: Partial<ToolHandle> = {}): ToolHandle {
  const handle: ToolHandle = {
    signal: new AbortController().signal,
    fetch: () => Promise.reject(new Error('this test expects no request')),
    clock: systemClock,
    callId: 'call_1',
    addresses: new AddressBook(undefined, { texts: [], found: [] }),
    span: async (_name, fn) => fn(handle),
    with: (fn) => fn(),
    context: undefined,
    traceparent: undefined,
    ...more,
  };
  return handle;
}

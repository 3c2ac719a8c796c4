import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Clock } from '../../web/clock';
import { within } from '../../web/deadline';

const TIMEOUT_MS = 5_000;

/** Waits for attributes of resources that are found out later, for a while. Undefined where there are none to wait for. */
export function lateAttributes(
  spans: readonly ReadableSpan[],
  { clock, stop: signal }: { clock: Clock; stop: AbortSignal },
): Promise<unknown> | undefined {
  const pending = spans.flatMap(({ resource }) =>
    resource?.asyncAttributesPending ? [resource.waitForAsyncAttributes?.()] : [],
  );
  if (pending.length === 0) return undefined;
  const late = () => new Error('too late');
  const limits = { clock, timeoutMs: TIMEOUT_MS, signal, late };
  return within(() => Promise.allSettled(pending), limits).catch(() => undefined);
}

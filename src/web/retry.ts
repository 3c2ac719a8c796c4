import type { Clock } from './clock';
import { RequestFailure } from './request-failure';

/** How often and how long to wait. Times are milliseconds. */
export interface RetryPolicy {
  /** Attempts after the first one. */
  maxRetries: number;
  /** Back-off k (from 0) is drawn from [0, min(`retryCapMs`, `retryBaseMs` * 2^k)]: full jitter. */
  retryBaseMs: number;
  retryCapMs: number;
  /** A server that asks for a longer wait is not waited for: the failure is final. */
  maxRetryAfterMs: number;
}

export interface RetryContext {
  policy: RetryPolicy;
  clock: Clock;
  signal: AbortSignal;
  /** A number in [0, 1), like `Math.random`. */
  random: () => number;
}

/** Says, before the wait, that an attempt failed: what it gave is void. `attempt` counts the failed ones, from 1. */
export interface RetryNotice {
  type: 'retry';
  attempt: number;
  reason: string;
  delayMs: number;
}

/**
 * Everything that the attempts give, with a notice between a failed one and the next. Only a `RequestFailure` that says
 * so is retried. Throws the last failure, or the signal's reason.
 */
export async function* retrying<Part>(
  attempt: () => AsyncIterable<Part>,
  { policy, clock, signal, random }: RetryContext,
): AsyncGenerator<Part | RetryNotice> {
  for (let retry = 0; ; retry++) {
    signal.throwIfAborted();
    let notice: RetryNotice;
    try {
      yield* attempt();
      return;
    } catch (failure) {
      signal.throwIfAborted(); // the caller's own abort is no failure
      if (!(failure instanceof RequestFailure) || !failure.retryable || retry >= policy.maxRetries) throw failure;
      const delayMs = waitMs(failure, policy, retry, random);
      notice = { type: 'retry', attempt: retry + 1, reason: failure.message, delayMs };
    }
    yield notice;
    await clock.sleep(notice.delayMs, signal);
  }
}

/** Milliseconds to wait after that failure, before retry number `retry` (from 0). Throws where the server asks for too long a wait. */
export function waitMs(
  failure: RequestFailure,
  policy: Omit<RetryPolicy, 'maxRetries'>,
  retry: number,
  random: () => number,
): number {
  const asked = failure.retryAfterMs;
  if (asked === undefined) return Math.floor(random() * Math.min(policy.retryCapMs, policy.retryBaseMs * 2 ** retry));
  if (asked <= policy.maxRetryAfterMs) return asked;
  throw new RequestFailure(
    `${failure.message} (asks to wait ${asked} ms; maxRetryAfterMs is ${policy.maxRetryAfterMs})`,
    { kind: 'rate_limited', retryable: false, retryAfterMs: asked, cause: failure },
  );
}

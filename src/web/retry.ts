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

export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  maxRetries: 2,
  retryBaseMs: 500,
  retryCapMs: 8_000,
  maxRetryAfterMs: 60_000,
};

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

function waitMs(failure: RequestFailure, policy: RetryPolicy, retry: number, random: () => number): number {
  const asked = failure.retryAfterMs;
  if (asked === undefined) return Math.floor(random() * Math.min(policy.retryCapMs, policy.retryBaseMs * 2 ** retry));
  if (asked <= policy.maxRetryAfterMs) return asked;
  throw new RequestFailure(
    `${failure.message} (asks to wait ${asked} ms; maxRetryAfterMs is ${policy.maxRetryAfterMs})`,
    { kind: 'rate_limited', retryable: false, retryAfterMs: asked, cause: failure },
  );
}

/**
 * The wait that a response asks for, in milliseconds: `retry-after-ms`, else `Retry-After` in seconds or as an HTTP
 * date (RFC 9110, 10.2.3). Undefined where there is none, or it cannot be read, is negative or lies in the past.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const exact = headers.get('retry-after-ms')?.trim() ?? '';
  if (PLAIN_NUMBER.test(exact)) return Math.ceil(Number(exact));
  const value = headers.get('retry-after')?.trim() ?? '';
  if (PLAIN_NUMBER.test(value)) return Math.ceil(Number(value) * 1_000);
  if (!HTTP_DATE.test(value)) return undefined;
  const wait = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`) - now; // the asctime form has no zone
  return wait >= 0 ? wait : undefined; // also false for a date that does not exist
}

const PLAIN_NUMBER = /^\d+(\.\d+)?$/;
// Date.parse alone would take "-5" for a year; all three HTTP forms open with a weekday and hold a time
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d\d:\d\d:\d\d/;

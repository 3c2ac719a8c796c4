import type { ErrorKind } from '../errors';

/** How one attempt at a request failed. */
export interface RequestFailureOptions {
  kind: ErrorKind;
  /** Whether the same request may fare better later. */
  retryable: boolean;
  /** Wait that the server asked for, in milliseconds; absent where it said nothing that can be read. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/**
 * One attempt at a request failed. It stays inside the SDK: whoever made the request turns it into an error of its own
 * (a model into an `AgentGenerationError`) once no retry is left.
 */
export class RequestFailure extends Error {
  override readonly name = 'RequestFailure';
  readonly kind: ErrorKind;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { kind, retryable, retryAfterMs, cause }: RequestFailureOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }
}

/** How one attempt to send spans failed. */
export interface ExportFailureOptions {
  /** Whether the same spans may be sent again. */
  retryable: boolean;
  /** HTTP status; absent where no response came. */
  status?: number | undefined;
  /** Wait that the collector asked for, in milliseconds. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** An exporter could not hand over its spans: the `error` of an export result. It is never thrown into a run. */
export class ExportFailure extends Error {
  override readonly name = 'ExportFailure';
  readonly retryable: boolean;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { retryable, status, retryAfterMs, cause }: ExportFailureOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.retryable = retryable;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** All statuses that OTLP/HTTP lets a client try again after. */
const RETRIED = [429, 502, 503, 504];

export function isRetriedStatus(status: number): boolean {
  return RETRIED.includes(status);
}

/**
 * What any exporter's error means. One of a stock exporter tells its HTTP status as `code`; whatever says nothing of the
 * kind may be tried again.
 */
export function failureFrom(error: unknown): ExportFailure {
  if (error instanceof ExportFailure) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const status = typeof code === 'number' && code >= 400 && code < 600 ? code : undefined;
  const message = error instanceof Error ? error.message : error === undefined ? 'it did not say why' : String(error);
  return new ExportFailure(message, {
    retryable: status === undefined || isRetriedStatus(status),
    status,
    cause: error,
  });
}

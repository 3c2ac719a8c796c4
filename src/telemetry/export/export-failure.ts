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
    super(message, { cause });
    this.retryable = retryable;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Whether OTLP/HTTP lets a client try again after this status. */
export function isRetriedStatus(status: number): boolean {
  return [429, 502, 503, 504].includes(status);
}

/**
 * What any exporter's error means. One of a stock exporter tells its HTTP status as `code`; whatever says nothing of the
 * kind may be tried again.
 */
export function failureFrom(cause: unknown): ExportFailure {
  if (cause instanceof ExportFailure) return cause;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const status = typeof code === 'number' && code >= 400 ? code : undefined;
  return new ExportFailure(messageOf(cause), { retryable: !status || isRetriedStatus(status), status, cause });
}

/** Node hides the reason of a failed fetch one level down. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error ?? 'no reason given');
  return error.cause instanceof Error ? `${error.message} (${messageOf(error.cause)})` : error.message;
}

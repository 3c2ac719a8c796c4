/** The word for what is wrong with a request; clients may branch on it. */
export type ProblemCode =
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'unknown_run'
  | 'unknown_agent'
  | 'unknown_call'
  | 'under_way'
  | 'not_begun'
  | 'method_not_allowed'
  | 'bad_request'
  | 'bad_json'
  | 'unsupported_type'
  | 'too_large'
  | 'too_many'
  | 'web_access'
  | 'collector'
  | 'internal';

export interface ProblemOptions {
  status: number;
  code: ProblemCode;
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}

/** A request that gets no more than a reason: caught at the worker's door, where it becomes a problem document. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly options: ProblemOptions;

  constructor(detail: string, options: ProblemOptions) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.options = options;
  }
}

/** A body holds more of something than is taken. */
export function tooMuch(what: string): Problem {
  return new Problem(`The body holds more than ${what}.`, { status: 413, code: 'too_large' });
}

/** Names of the statuses in use (RFC 9110, section 15). */
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/**
 * A problem document (RFC 9457). Of an error that is no `Problem` nothing is told: its message may hold keys and paths.
 * `error` repeats the detail for the SDK's own web tools, which show it to the model. `clean` takes secrets out of the detail,
 * where it may tell what a run did.
 */
export function problemResponse(error: unknown, clean = (text: string) => text): Response {
  const problem =
    error instanceof Problem
      ? error
      : new Problem('The worker failed; nothing more is told here.', { status: 500, code: 'internal' });
  const { status, code, headers } = problem.options;
  const detail = clean(problem.message);
  const body = { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail, code, error: detail };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
  });
}

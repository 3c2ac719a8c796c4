/** The word for a failure that the data files use; it survives JSON and `postMessage`, where a class does not. */
export type ErrorCode = 'parsing' | 'tool_call' | 'tool_execution' | 'execution' | 'agent' | 'generation' | 'max_steps';

/** What a model failure was, or why a run was ended from outside the model. */
export type ErrorKind =
  | 'rate_limited'
  | 'server_error'
  | 'timeout'
  | 'network'
  | 'stream_cut'
  | 'auth'
  | 'bad_request'
  | 'not_found'
  | 'context_overflow'
  | 'bad_response'
  | 'content_filter'
  | 'too_large'
  | 'repeat_limit'
  | 'aborted'
  | 'budget'
  | 'waiting';

export interface AgentErrorOptions {
  /** What was caught, kept for the reader of the trace. */
  cause?: unknown;
  kind?: ErrorKind;
}

/** Every error that the SDK throws on purpose. `recoverable` ones are told to the model, which may correct itself. */
export class AgentError extends Error {
  override readonly name: string = 'AgentError';
  readonly code: ErrorCode = 'agent';
  readonly recoverable: boolean = false;
  readonly kind: ErrorKind | undefined;
  /** The `RunResult` of the run that this error ended; absent on an error that is only a step's. */
  result?: unknown;

  constructor(message: string, { cause, kind }: AgentErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}

/** The model's reply holds no code or no tool call that can be read. */
export class AgentParsingError extends AgentError {
  override readonly name = 'AgentParsingError';
  override readonly code = 'parsing';
  override readonly recoverable = true;
}

/** A tool was called with arguments that its inputs reject. The message names the argument, its value and what is allowed. */
export class AgentToolCallError extends AgentError {
  override readonly name = 'AgentToolCallError';
  override readonly code = 'tool_call';
  override readonly recoverable = true;
}

/** A tool that does not exist was called, or a tool threw. */
export class AgentToolExecutionError extends AgentError {
  override readonly name = 'AgentToolExecutionError';
  override readonly code = 'tool_execution';
  override readonly recoverable = true;
}

/** The model's code failed or was stopped. */
export class AgentExecutionError extends AgentError {
  override readonly name = 'AgentExecutionError';
  override readonly code = 'execution';
  override readonly recoverable = true;
}

/** A final-answer check refused the answer; the model reads why. */
export class AgentFinalAnswerError extends AgentError {
  override readonly name = 'AgentError';
  override readonly recoverable = true;
}

/** The steps are used up: the error of the extra step that holds the last word. */
export class AgentMaxStepsError extends AgentError {
  override readonly name = 'AgentMaxStepsError';
  override readonly code = 'max_steps';
}

/** The model could not answer; `kind` says how. The run ends. */
export class AgentGenerationError extends AgentError {
  override readonly name = 'AgentGenerationError';
  override readonly code = 'generation';
}

/**
 * A setting that the SDK refuses, thrown where an agent, model or tool is made, before anything runs.
 * The message names the thing, the value and what is allowed.
 */
export class AgentConfigurationError extends TypeError {
  override readonly name = 'AgentConfigurationError';
}

/** Why the guarded fetch refused an address or gave up on a reply. */
export type WebAccessReason = 'address' | 'redirect' | 'network' | 'timeout' | 'content_type' | 'status';

/**
 * The web was not read: the address is refused, or nothing usable came back. The message names the address without
 * its query, user name and password, and the rule; never the addresses that a host name resolves to.
 */
export class WebAccessError extends Error {
  override readonly name = 'WebAccessError';
  readonly reason: WebAccessReason;

  constructor(message: string, { reason, cause }: { reason: WebAccessReason; cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** The model's code has no place to run in. The message names what was tried, why it failed, and what to set. */
export class SandboxStartError extends Error {
  override readonly name = 'SandboxStartError';
}

/** Spans could not be delivered in time: how `forceFlush` of a span processor ends then. Never thrown into a run. */
export class TelemetryError extends Error {
  override readonly name = 'TelemetryError';
  /** How many are still waiting. */
  readonly spans: number;

  constructor(message: string, { spans }: { spans: number }) {
    super(message);
    this.spans = spans;
  }
}

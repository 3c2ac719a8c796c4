import { runtime } from '#runtime';
import { checkHeaders, checkSecret } from '../../models/model-options';
import { checkCallable } from '../../tools/tool-name';
import { checkHttpAddress } from '../../web/address';
import {
  MAX_TIMER_MS,
  refuseSetting,
  refuseUnknownOptions,
  requireHeaderText,
  requireWholeNumber,
} from '../../web/options';
import { isRecord } from '../../web/record';
import type { RetryPolicy } from '../../web/retry';
import type { ResumeOptions, RunOptions } from '../agent';

/** Times are milliseconds. Retries are those of reading; of beginning a run only where the worker says that it began none (429). */
export interface RemoteAgentOptions extends Partial<RetryPolicy> {
  /** Where the worker is (`https://agents.example`), or a path of the page's own origin (`/`). */
  url: string;
  /** Name of the agent there; may be left out where there is one only. */
  agent?: string;
  /** Bearer token, or a function that gives it, called before every request. */
  token?: string | (() => string | Promise<string>);
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>;
  /** Needed, with the description, to be managed by another agent; an identifier. */
  name?: string;
  description?: string;
  /**
   * Runs go on where their reader is lost or leaves; `resume(runId)` reads them again. Default false: they end then. An abort
   * ends them in either case, where the worker can be reached within 2 s.
   */
  background?: boolean;
  /** Until the head of a response; default 30,000. */
  requestTimeoutMs?: number;
  /** Longest silence of an event stream, of which a worker breaks each 15 s; default 60,000. */
  idleTimeoutMs?: number;
}

/** What a run of a remote agent can be given; the rest is the worker's to say. */
export type RemoteRunOptions = Pick<RunOptions, (typeof RUN_OPTIONS)[number]>;
/** The same for a run that is there already. */
export type RemoteResumeOptions = Pick<ResumeOptions, (typeof RESUME_OPTIONS)[number]>;

/** The options, filled in. */
export type RemoteSettings = typeof REMOTE_DEFAULTS & RemoteAgentOptions;

export const CLASS = 'RemoteAgent';
export const RUN_OPTIONS = [
  'signal',
  'maxSteps',
  'additionalArgs',
  'returnFullResult',
  'telemetry',
  'clock',
  'fetch',
] as const;
export const RESUME_OPTIONS = ['signal', 'answers', 'telemetry', 'clock', 'fetch'] as const;
export const REMOTE_DEFAULTS = {
  background: false,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 60_000,
  maxRetries: 6,
  retryBaseMs: 500,
  retryCapMs: 4_000, // a worker ends a run that nobody has read for 10 s
  maxRetryAfterMs: 60_000,
};
const OPTION_NAMES = [...Object.keys(REMOTE_DEFAULTS), 'url', 'agent', 'token', 'headers', 'name', 'description'];

/** Throws `AgentConfigurationError` for an option that no run could use. */
export function checkRemoteOptions(options: RemoteAgentOptions): void {
  refuseUnknownOptions(CLASS, options, OPTION_NAMES);
  const { url, agent, token, headers, name, description, background, maxRetries } = options;
  checkHttpAddress(CLASS, 'url', url, { paths: true });
  if (/[?#]/.test(url)) refuseSetting(CLASS, 'url', url.replace(/[?#].*$/s, '…'), 'without query and fragment');
  if (url.startsWith('/') && runtime.webOrigin === undefined)
    refuseSetting(CLASS, 'url', url, 'a whole address here: only pages have an origin of their own');
  if (agent !== undefined && (typeof agent !== 'string' || agent === ''))
    refuseSetting(CLASS, 'agent', agent, 'the name of an agent of the worker');
  checkSecret(CLASS, 'token', token);
  if (typeof token === 'string') requireToken(token);
  checkHeaders(CLASS, headers);
  if (name !== undefined || description !== undefined) checkCallable(CLASS, name, description);
  if (background !== undefined && typeof background !== 'boolean')
    refuseSetting(CLASS, 'background', background, 'true or false');
  if (maxRetries !== undefined) requireWholeNumber(CLASS, 'maxRetries', maxRetries, 0, 1_000);
  for (const option of ['requestTimeoutMs', 'idleTimeoutMs'] as const)
    if (options[option] !== undefined) requireWholeNumber(CLASS, option, options[option], 1, MAX_TIMER_MS);
  for (const option of ['retryBaseMs', 'retryCapMs', 'maxRetryAfterMs'] as const)
    if (options[option] !== undefined) requireWholeNumber(CLASS, option, options[option], 0, MAX_TIMER_MS);
}

/** An empty token is one that was forgotten; its value is never shown. */
function requireToken(token: string): void {
  if (token.trim() === '') requireHeaderText(CLASS, 'token', token);
}

/** The same for what one run is given. */
export function checkRemoteRunOptions(
  owner: string,
  options: RemoteRunOptions & RemoteResumeOptions,
  allowed: readonly string[],
): void {
  refuseUnknownOptions(owner, options, allowed);
  const { maxSteps, signal, additionalArgs, answers } = options;
  if (maxSteps !== undefined) requireWholeNumber(owner, '`maxSteps`', maxSteps, 0);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    refuseSetting(owner, '`signal`', signal, 'an AbortSignal');
  for (const [name, value] of Object.entries({ additionalArgs, answers }))
    if (value !== undefined && !isRecord(value))
      refuseSetting(owner, `\`${name}\``, value, 'an object of values by name');
}

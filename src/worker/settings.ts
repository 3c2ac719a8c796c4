import { AgentConfigurationError } from '../errors';
import type { Model } from '../models/model';
import { checkWebToolOptions } from '../tools/web-tool-options';
import { checkAllowHosts, checkHttpAddress } from '../web/address';
import { type Clock, systemClock } from '../web/clock';
import type { Fetch } from '../web/fetch';
import {
  MAX_TIMER_MS,
  refuseSetting,
  refuseUnknownOptions,
  requireWholeNumber,
  withoutUndefined,
} from '../web/options';
import { isRecord } from '../web/record';
import { runtimeFetch } from '../web/runtime-fetch';
import type {
  AgentWorkerOptions,
  AuthOptions,
  HostedAgentMaker,
  RunsOptions,
  TracesOptions,
  WebRoutesOptions,
  WorkerLimits,
} from './worker-options';

/** The options, checked and filled in. */
export interface WorkerSettings<Env> extends Required<RunsOptions> {
  agents: ReadonlyMap<string, HostedAgentMaker<Env>>;
  /** Undefined where the worker has none. */
  model(env: Env): Model | undefined;
  auth: AuthOptions<Env> | undefined;
  limits: Required<WorkerLimits>;
  /** Undefined where the routes are not there. */
  web: WebRoutesOptions | undefined;
  traces: TracesOptions<Env> | undefined;
  secrets: (env: Env) => readonly string[];
  fetch: Fetch;
  clock: Clock;
}

const OWNER = 'agentWorker';
const OPTIONS: readonly string[] = [
  'agents',
  'model',
  'auth',
  'limits',
  'web',
  'traces',
  'runs',
  'secrets',
  'fetch',
  'clock',
] satisfies (keyof AgentWorkerOptions)[];
const LIMITS: Required<WorkerLimits> = {
  runsPerMinute: 10,
  runsAtOnce: 3,
  webRequestsPerMinute: 60,
  maxTaskCharacters: 20_000,
  maxSteps: 50,
  maxTokens: 500_000,
  maxRunMs: 10 * 60_000,
  tokensPerDay: 5_000_000,
};
const RUNS: Required<RunsOptions> = {
  graceMs: 10_000,
  heartbeatMs: 15_000,
  keepMs: 24 * 3_600_000,
  binding: 'AGENT_RUNS',
};

/** Throws `AgentConfigurationError`. */
export function workerSettings<Env>(options: AgentWorkerOptions<Env>): WorkerSettings<Env> {
  refuseUnknownOptions(OWNER, options, OPTIONS);
  const {
    agents,
    model,
    auth,
    web = false,
    traces = {},
    secrets = () => [],
    fetch = runtimeFetch,
    clock = systemClock,
  } = options;
  if (typeof secrets !== 'function') refuseSetting(OWNER, '`secrets`', secrets, 'a function of env that gives texts');
  if (typeof fetch !== 'function') refuseSetting(OWNER, '`fetch`', fetch, 'a function');
  if (typeof clock?.now !== 'function' || typeof clock.sleep !== 'function')
    refuseSetting(OWNER, '`clock`', clock, 'a clock, with now and sleep');
  return {
    agents: readAgents(agents),
    model: readModel(model),
    auth: checkAuth(auth),
    limits: readLimits(options.limits),
    web: readWeb(web),
    traces: traces === false ? undefined : checkTraces(traces),
    ...readRuns(options.runs),
    secrets,
    fetch,
    clock,
  };
}

function readAgents<Env>(agents: AgentWorkerOptions<Env>['agents']): ReadonlyMap<string, HostedAgentMaker<Env>> {
  if (!isRecord(agents) || Object.keys(agents).length === 0)
    refuseSetting(OWNER, '`agents`', agents, 'an object with one function or more that makes an agent');
  for (const [name, maker] of Object.entries(agents))
    if (typeof maker !== 'function')
      refuseSetting(OWNER, `\`agents.${name}\``, maker, 'a function that makes an agent of `{ model, env }`');
  return new Map(Object.entries(agents));
}

function readModel<Env>(model: AgentWorkerOptions<Env>['model']): (env: Env) => Model | undefined {
  if (typeof model === 'function') return model;
  if (typeof model?.generate !== 'function') refuseSetting(OWNER, '`model`', model, 'a model or a function of `env`');
  return () => model;
}

function checkAuth<Env>(auth: AuthOptions<Env> | undefined): AuthOptions<Env> | undefined {
  if (auth === undefined || auth === 'none') return auth;
  refuseUnknownOptions(`${OWNER}: \`auth\` (or "none")`, auth, ['token', 'origins', 'owner']);
  const { token, origins, owner } = auth;
  if (token === undefined && origins === undefined && owner === undefined)
    throw new AgentConfigurationError(`${OWNER}: \`auth\` needs a token, origins or an owner, or must be "none"`);
  if (token !== undefined && typeof token !== 'function' && (typeof token !== 'string' || !/^\S+$/.test(token)))
    throw new AgentConfigurationError(
      `${OWNER}: \`auth.token\` must be a text without blanks that is not empty, or a function of env`, // never shown
    );
  if (owner !== undefined && typeof owner !== 'function')
    refuseSetting(OWNER, '`auth.owner`', owner, 'a function of the request');
  if (origins !== undefined && !Array.isArray(origins))
    refuseSetting(OWNER, '`auth.origins`', origins, 'a list of origins');
  for (const origin of origins ?? [])
    if (!isOrigin(origin))
      refuseSetting(OWNER, '`auth.origins`', origin, 'whole origins, such as "https://app.example.com"');
  return auth;
}

function isOrigin(text: unknown): boolean {
  return typeof text === 'string' && URL.canParse(text) && new URL(text).origin === text;
}

function readLimits(limits: WorkerLimits = {}): Required<WorkerLimits> {
  refuseUnknownOptions(`${OWNER}: \`limits\``, limits, Object.keys(LIMITS));
  const read = { ...LIMITS, ...withoutUndefined(limits) };
  for (const [name, value] of Object.entries(read))
    requireWholeNumber(OWNER, `\`limits.${name}\``, value, 1, name.endsWith('Ms') ? MAX_TIMER_MS : undefined);
  return read;
}

function readWeb(web: WebRoutesOptions | boolean): WebRoutesOptions | undefined {
  if (web === false) return undefined;
  if (web === true) return {};
  refuseUnknownOptions(`${OWNER}: \`web\` (or true)`, web, ['onlyHosts', 'resolve', 'connect']);
  const { onlyHosts, ...lookUp } = web;
  if (onlyHosts !== undefined) checkAllowHosts(OWNER, onlyHosts);
  checkWebToolOptions(`${OWNER}: \`web\``, lookUp);
  return web;
}

function checkTraces<Env>(traces: TracesOptions<Env>): TracesOptions<Env> {
  refuseUnknownOptions(`${OWNER}: \`traces\` (or false)`, traces, ['url', 'headers', 'projectName']);
  const { url, headers, projectName } = traces;
  if (url !== undefined && typeof url !== 'function') checkHttpAddress(OWNER, '`traces.url`', url);
  if (headers !== undefined && typeof headers !== 'function' && !isRecord(headers))
    refuseSetting(OWNER, '`traces.headers`', headers, 'an object of headers or a function of env');
  if (projectName !== undefined && (typeof projectName !== 'string' || projectName === ''))
    refuseSetting(OWNER, '`traces.projectName`', projectName, 'a text that is not empty');
  return traces;
}

function readRuns(runs: RunsOptions = {}): Required<RunsOptions> {
  refuseUnknownOptions(`${OWNER}: \`runs\``, runs, Object.keys(RUNS));
  const read = { ...RUNS, ...withoutUndefined(runs) };
  requireWholeNumber(OWNER, '`runs.graceMs`', read.graceMs, 0, MAX_TIMER_MS);
  requireWholeNumber(OWNER, '`runs.heartbeatMs`', read.heartbeatMs, 1, MAX_TIMER_MS);
  requireWholeNumber(OWNER, '`runs.keepMs`', read.keepMs, 1, MAX_TIMER_MS);
  if (read.binding !== false && (typeof read.binding !== 'string' || read.binding === ''))
    refuseSetting(OWNER, '`runs.binding`', read.binding, 'the name of a Durable Object binding, or false');
  return read;
}

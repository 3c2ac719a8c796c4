import { type Fetch, ToolCallingAgent } from 'smolagents-web';
import { type AuthOptions, agentWorker, type WorkerLimits } from 'smolagents-web/worker';
import { CaseError, type HostObjects } from '../player';
import type { VisitorRequest, WorkerCase, WorkerConfig } from './case';
import { again, type ModelCalls, taskModel } from './task-model';

const BINDING = 'AGENT_RUNS';
const UNLIMITED = 1_000_000;
const RUN_END_MS = 15_000; // the longest wait for a run whose visitor left: the default time of grace, and what it needs to end
const POLL_MS = 50;
const PAGE = '<html><body><p>A page.</p><script>alert("script of the page")</script></body></html>';

/** One answer, as the visitor saw it. */
export interface Seen {
  status: number;
  headers: Headers;
  body: string;
}

/** All that expectations look at. */
export interface Played {
  responses: readonly Seen[];
  modelCalls: number;
  modelCallsAfterDisconnect: number;
  /** Address and headers of each page fetch. */
  upstream: readonly { host: string; headers: Headers }[];
  isPrototypeClean: boolean;
}

type Ask = (request: Request) => Promise<Response>;

/** Serves the worker of a case and sends its requests. Objects live in memory where the runtime hosts none. */
export async function play({ config = {}, requests = [] }: WorkerCase, host?: HostObjects): Promise<Played> {
  const before = Object.getOwnPropertyNames(Object.prototype).length;
  const calls: ModelCalls = { begunMs: [], tokensPerCall: undefined };
  const upstream: { host: string; headers: Headers }[] = [];
  const fetch: Fetch = async (input, init) => {
    const request = new Request(input, init);
    upstream.push({ host: new URL(request.url).hostname, headers: request.headers });
    return new Response(PAGE, { headers: { 'content-type': 'text/html', 'set-cookie': 'page=1' } });
  };
  const ask = serve(config, calls, fetch, host);
  const leftMs: number[] = [];
  const responses: Seen[] = [];
  for (const group of groupsOf(requests))
    responses.push(
      ...(await Promise.all(
        group.map((request) => {
          calls.tokensPerCall = request.modelUsagePerCall ?? calls.tokensPerCall;
          return send(request, config, ask, leftMs);
        }),
      )),
    );
  const [left = Number.POSITIVE_INFINITY] = leftMs;
  return {
    responses,
    modelCalls: calls.begunMs.length,
    modelCallsAfterDisconnect: calls.begunMs.filter((begun) => begun > left).length,
    upstream,
    isPrototypeClean: Object.getOwnPropertyNames(Object.prototype).length === before && !('admin' in {}),
  };
}

function serve(config: WorkerConfig, calls: ModelCalls, fetch: Fetch, host: HostObjects | undefined): Ask {
  const { forceInternalError, graceMs, proxy = {} } = config;
  const auth = authOf(config);
  const { allowHosts } = proxy;
  const worker = agentWorker({
    agents: { visitor: ({ model }) => new ToolCallingAgent({ model, tools: [again] }) },
    model: () => {
      if (forceInternalError !== undefined) throw new Error(forceInternalError);
      return taskModel(calls);
    },
    limits: limitsOf(config),
    web: proxy.enabled === true ? { ...(allowHosts && { onlyHosts: allowHosts }) } : false,
    ...(auth && { auth }),
    runs: { binding: host ? BINDING : false, ...(graceMs !== undefined && { graceMs }) },
    fetch,
  });
  const env = host ? { [BINDING]: host(worker.AgentRunObject, BINDING) } : {};
  return (request) => worker.fetch(request, env);
}

function authOf({ auth, authToken, allowedOrigins }: WorkerConfig): AuthOptions<object> | undefined {
  if (auth && (authToken !== undefined || allowedOrigins))
    throw new CaseError("auth: 'none' says that nobody is asked for anything, and authToken or allowedOrigins asks");
  if (auth) return auth;
  if (authToken === undefined && !allowedOrigins) return undefined;
  return { ...(authToken !== undefined && { token: authToken }), ...(allowedOrigins && { origins: allowedOrigins }) };
}

/** Limits that the case does not name limit nothing in it. */
function limitsOf({ limits = {} }: WorkerConfig): WorkerLimits {
  const { runsPerMinute = UNLIMITED, concurrentRuns = UNLIMITED } = limits;
  const { maxTaskChars, maxStepsCap, maxRunMs, maxTokensPerRun = UNLIMITED } = limits;
  return {
    ...{ runsPerMinute, runsAtOnce: concurrentRuns, webRequestsPerMinute: UNLIMITED, maxTokens: maxTokensPerRun },
    ...(maxTaskChars !== undefined && { maxTaskCharacters: maxTaskChars }),
    ...(maxStepsCap !== undefined && { maxSteps: maxStepsCap }),
    ...(maxRunMs !== undefined && { maxRunMs }),
  };
}

/** Neighbours that are sent together. */
function groupsOf(requests: readonly VisitorRequest[]): VisitorRequest[][] {
  const groups: VisitorRequest[][] = [];
  for (const request of requests) {
    const last = groups.at(-1);
    if (request.parallel && last?.[0]?.parallel) last.push(request);
    else groups.push([request]);
  }
  return groups;
}

async function send(asked: VisitorRequest, config: WorkerConfig, ask: Ask, leftMs: number[]): Promise<Seen> {
  const { disconnectAfterMs } = asked;
  const leaving = new AbortController();
  const response = await ask(requestOf(asked, config, leaving.signal));
  if (disconnectAfterMs === undefined)
    return { status: response.status, headers: response.headers, body: await response.text() };
  let body = '';
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  const timer = setTimeout(() => {
    leftMs.push(performance.now());
    leaving.abort();
    void reader?.cancel().catch(() => undefined);
  }, disconnectAfterMs);
  try {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
      body += decoder.decode(part.value, { stream: true });
  } catch {
    // the visitor has left
  }
  clearTimeout(timer);
  await untilRunEnds(response.headers.get('location'), asked, config, ask);
  return { status: response.status, headers: response.headers, body };
}

/** What a run does after its visitor left is seen when it has ended. */
async function untilRunEnds(
  location: string | null,
  { headers = {}, ip }: VisitorRequest,
  config: WorkerConfig,
  ask: Ask,
): Promise<void> {
  if (location === null) return;
  const { origin, authorization } = headers;
  const asked = { ...(origin && { origin }), ...(authorization && { authorization }) };
  const isRunning = async () => {
    const url = `${baseOf(config)}${location}`;
    const reply = await ask(new Request(url, { headers: withAddress(asked, ip) }));
    const facts: unknown = await reply.json();
    return typeof facts === 'object' && facts !== null && 'state' in facts && facts.state === 'running';
  };
  const endMs = performance.now() + RUN_END_MS;
  while ((await isRunning()) && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

function requestOf(asked: VisitorRequest, config: WorkerConfig, signal: AbortSignal): Request {
  const { route, method = route === 'run' ? 'POST' : 'GET', headers = {}, query = {}, target, ip } = asked;
  const path = { run: '/runs', proxy: '/visit', health: '/health' }[route];
  const parameters = new URLSearchParams({ ...query, ...(target !== undefined && { url: target }) });
  const body = bodyOf(asked);
  const given = {
    ...(route === 'run' && { accept: 'text/event-stream' }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...headers,
  };
  return new Request(`${baseOf(config)}${path}${parameters.size > 0 ? `?${parameters}` : ''}`, {
    method,
    headers: withAddress(given, ip),
    signal,
    ...(body !== undefined && method !== 'GET' && { body }),
  });
}

/** The visitor's address, as the platform says it: what a visitor writes there himself is replaced. */
function withAddress(given: Readonly<Record<string, string>>, ip = '198.51.100.1'): Headers {
  const headers = new Headers(given);
  headers.set('cf-connecting-ip', ip);
  return headers;
}

function bodyOf({ json, body, bodyGen }: VisitorRequest): string | undefined {
  if ([json, body, bodyGen].filter((one) => one !== undefined).length > 1)
    throw new CaseError('a request has one of json, body and bodyGen');
  if (json !== undefined) return JSON.stringify(json);
  if (!bodyGen) return body;
  const { prefix = '', repeat, times, suffix = '' } = bodyGen;
  return prefix + repeat.repeat(times) + suffix;
}

function baseOf({ selfHost = 'worker.example' }: WorkerConfig): string {
  return `https://${selfHost}`;
}

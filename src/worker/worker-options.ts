import type { Agent } from '../agents/agent-class';
import type { Model } from '../models/model';
import type { WebToolOptions } from '../tools/web-tool-options';
import type { Clock } from '../web/clock';
import type { Fetch } from '../web/fetch';
import type { WorkerEnvironment } from './platform';

/** What the worker needs of an agent. */
export type HostedAgent = Pick<Agent, 'options' | 'stream' | 'resume' | 'branch'>;

/** Makes one agent, for one run. The worker's limits hold for whichever models it and its managed agents use. */
export type HostedAgentMaker<Env> = (parts: { model: Model; env: Env }) => HostedAgent;

export interface AgentWorkerOptions<Env = WorkerEnvironment> {
  /** The agents that visitors may run, by name. Called at each run, where the secrets are. */
  agents: Readonly<Record<string, HostedAgentMaker<Env>>>;
  /**
   * Called at each run and at `/health`, or the model itself where it needs no secret. Undefined where none is set: agents that
   * ask none work, and `/health` says so.
   */
  model: Model | ((env: Env) => Model | undefined);
  /** Who may come in. Default: nobody. */
  auth?: AuthOptions<Env>;
  limits?: WorkerLimits;
  /** `/search` and `/visit` for pages, which cannot fetch other sites; default false: neither is there. */
  web?: WebRoutesOptions | boolean;
  /** Traces kept for viewers and sent on; default `{}`: kept, and sent nowhere. False: runs are not traced. */
  traces?: TracesOptions<Env> | false;
  runs?: RunsOptions;
  /**
   * Texts that leave the worker in no answer, event or span, beside those that it finds by itself: the variables whose name says
   * so, the auth token and the headers of `traces`, with the parts of each that are secrets by themselves. Those of fewer than eight characters are words, and left
   * in, unless they have five and mix letters with digits.
   */
  secrets?: (env: Env) => readonly string[];
  /** What runs and web routes fetch with; default the runtime's own. */
  fetch?: Fetch;
  /** What limits, heartbeats and runs go by; default the clock on the wall. */
  clock?: Clock;
}

/**
 * `'none'` asks nobody for anything. Else what is given must be met: a bearer token; an origin out of the list, or the
 * worker's own; an owner, whose runs nobody else sees.
 */
export type AuthOptions<Env> =
  | 'none'
  | {
      token?: string | ((env: Env) => string | undefined);
      /** Whole origins, such as `https://app.example.com`; their pages may read the answers (CORS). */
      origins?: readonly string[];
      /** Says whose request this is, by any text that is not empty; undefined lets nobody in. */
      owner?: (request: Request, env: Env) => string | undefined | Promise<string | undefined>;
    };

/** What one visitor may take. A visitor is an owner, or else an address as the platform gives it (an IPv6 /64 is one). */
export interface WorkerLimits {
  /** Default 10. */
  runsPerMinute?: number;
  /** Default 3. */
  runsAtOnce?: number;
  /** Searches and visits; default 60. */
  webRequestsPerMinute?: number;
  /** Longest task; default 20,000. */
  maxTaskCharacters?: number;
  /** Steps of a run, those of managed agents included, whatever a visitor asks for; default 50. */
  maxSteps?: number;
  /** Tokens of a run, in and out, managed agents included; checked before each model call. Default 500,000. */
  maxTokens?: number;
  /** Default 10 minutes. */
  maxRunMs?: number;
  /** Tokens of all visitors together from one midnight (UTC) to the next; default 5,000,000. */
  tokensPerDay?: number;
}

/** In Node `resolve` and `connect` keep public names that lead inside from being fetched; a worker can look no name up. */
export interface WebRoutesOptions extends Pick<WebToolOptions, 'resolve' | 'connect'> {
  /** The only hosts that `/visit` fetches; default all public ones. */
  onlyHosts?: readonly string[];
}

export interface TracesOptions<Env> {
  /** A collector that gets all traces as well, such as `http://localhost:6006/v1/traces`. */
  url?: string | ((env: Env) => string | undefined);
  /** Headers for it, such as `authorization`. */
  headers?: Readonly<Record<string, string>> | ((env: Env) => Readonly<Record<string, string>>);
  /** The project that Phoenix shows the runs under. */
  projectName?: string;
}

export interface RunsOptions {
  /** A streamed run ends when its last reader has been away for so long; default 10 s. */
  graceMs?: number;
  /** Longest silence of an event stream; default 15 s. */
  heartbeatMs?: number;
  /** Runs and traces are removed so long after their end; default a day. */
  keepMs?: number;
  /**
   * Name of the Durable Object binding; default `AGENT_RUNS`. False keeps runs in the memory of this process: for Node
   * and tests, where whoever serves `fetch` sets `cf-connecting-ip` to the visitor's address and lets no visitor set it.
   */
  binding?: string | false;
}

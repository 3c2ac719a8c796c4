/** A case of worker-api/1, as `keys.ts` has checked it. */
export interface WorkerCase {
  id: string;
  config?: WorkerConfig;
  requests?: readonly VisitorRequest[];
  expect?: WorkerExpect;
}

export interface WorkerConfig {
  auth?: 'none';
  authToken?: string;
  allowedOrigins?: readonly string[];
  limits?: {
    runsPerMinute?: number;
    concurrentRuns?: number;
    maxTaskChars?: number;
    maxStepsCap?: number;
    maxRunMs?: number;
    maxTokensPerRun?: number;
  };
  graceMs?: number;
  proxy?: { enabled?: boolean; allowHosts?: readonly string[] };
  forceInternalError?: string;
  selfHost?: string;
}

export interface VisitorRequest {
  route: 'run' | 'proxy' | 'health';
  method?: string;
  headers?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  ip?: string;
  json?: unknown;
  body?: string;
  bodyGen?: { prefix?: string; repeat: string; times: number; suffix?: string };
  target?: string;
  parallel?: boolean;
  disconnectAfterMs?: number;
  modelUsagePerCall?: number;
}

export interface WorkerExpect {
  responses?: readonly ExpectedResponse[];
  modelCallsMax?: number;
  modelCallsAfterDisconnectMax?: number;
  upstreamRequestsMax?: number;
  upstreamHostsNot?: readonly string[];
  upstreamHeadersAbsent?: readonly string[];
  prototypeClean?: true;
}

export interface ExpectedResponse {
  status?: number | readonly number[];
  statusCounts?: Readonly<Record<string, number>>;
  headers?: Readonly<Record<string, string | null>>;
  headersExact?: Readonly<Record<string, string>>;
  headersPresent?: readonly string[];
  varyIncludes?: string;
  contentTypeNot?: string;
  bodyIncludes?: string;
  bodyExcludes?: readonly string[];
}

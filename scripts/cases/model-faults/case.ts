/** A case of model-faults/1; its keys are told in `format.keys` of the file. */
export interface ModelFaultCase {
  id: string;
  agent: 'tool-calling' | 'code';
  models?: readonly ModelName[];
  stream?: boolean;
  settings?: Partial<Settings>;
  script?: readonly ScriptEntry[];
  expect: Expectation;
}

export type ModelName = 'OpenAIModel' | 'HfApiModel';

export interface Settings {
  maxSteps: number;
  maxRetries: number;
  retryBaseMs: number;
  retryCapMs: number;
  maxRetryAfterMs: number;
  requestTimeoutMs: number;
  idleTimeoutMs: number;
  repeatLimit: number;
  maxResponseBytes: number;
}

/** What the endpoint does to one attempt. */
export interface ScriptEntry {
  http?: {
    status?: number;
    headers?: Readonly<Record<string, string>>;
    json?: unknown;
    text?: string;
    bodyGen?: { prefix?: string; repeat?: string; times?: number; suffix?: string };
    delayMs?: number;
  };
  sse?: {
    status?: number;
    chunks?: readonly string[];
    bytesBase64?: readonly string[];
    end?: 'close' | 'reset' | 'hang';
  };
  network?: 'refused' | 'reset' | 'dns' | 'hang';
  abortAfterMs?: number;
}

export interface Expectation {
  status: string;
  answer?: unknown;
  errorKind?: string;
  errorKindAnyOf?: readonly string[];
  errorIncludes?: string;
  modelCalls?: number | readonly [number, number];
  toolCalls?: readonly (readonly [string, unknown])[];
  maxToolRuns?: Readonly<Record<string, number>>;
  delays?: readonly (readonly [number, number])[];
  steps?: number;
  observationIncludes?: string;
  memoryExcludes?: string;
  answerEventCount?: number;
  maxVirtualMs?: number;
}

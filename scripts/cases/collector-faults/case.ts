import type { FetchBatchSpanProcessorOptions } from 'smolagents-web/telemetry';

/** A case of collector-faults/1; its keys are told in `format.keys` of the file. */
export interface CollectorCase {
  id: string;
  settings?: FetchBatchSpanProcessorOptions;
  produce?: readonly Production[];
  script?: readonly ScriptEntry[];
  expect?: Expectation;
}

export interface Production {
  atMs: number;
  spans?: number;
  roots?: number;
  attrBytes?: number;
  repeatEveryMs?: number;
  times?: number;
  event?: 'pagehide' | 'shutdown' | 'forceFlush';
}

export interface ScriptEntry {
  forever?: ScriptEntry;
  status?: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  bodyEndless?: boolean;
  network?: 'refused' | 'reset' | 'hang';
  acceptThenReset?: boolean;
  downMs?: number;
  flap?: { upMs: number; downMs: number; forMs: number };
}

export interface Expectation {
  delivered?: number;
  deliveredMin?: number;
  lost?: number;
  duplicated?: number;
  lostReported?: number;
  lostEqualsReported?: boolean;
  rootsLost?: number;
  requests?: number | readonly [number, number];
  delays?: readonly (readonly [number, number])[];
  maxVirtualMs?: number;
  neverRetried?: boolean;
  sameSpanIds?: boolean;
  bodyBytesMax?: number;
  concurrentMax?: number;
  keepalive?: boolean;
  keepaliveInFlightBytesMax?: number;
  queueMax?: number;
}

import type { AgentEvent, RunState } from '../agents/agent';
import { recordingShape } from '../agents/saved/run-file';
import { AgentConfigurationError } from '../errors';
import { fromJson, type Json, toJson } from '../executors/codec';
import type { ErrorRecord, ToolResult } from '../memory/step';
import type { ModelPart, TokenUsage, ToolCall } from '../models/model';
import { isRecord } from '../web/record';
import type { Mark } from './progress';

/**
 * A run as plain JSON, whole enough to run it again: what the model said, what the network answered, the time and the
 * ids. What went on at once ends in a replay in the order of `ended`; files without it are replayed by how long each thing
 * took, which is not always the same order. Values of tools, code and answers that JSON has not are `{"$": kind, "value": ...}`.
 */
export interface RunFile {
  kind: 'run/1';
  /** ISO 8601, UTC. */
  recordedAt: string;
  modelId: string;
  /** `agent.toJSON()`: no secrets. */
  settings: Record<string, unknown>;
  task: string;
  options: RecordedOptions;
  /** Every event, without the messages of each model call, which repeat the history. */
  events: AgentEvent[];
  modelReplies: RecordedReply[];
  /** The tool results that the events told of, each with the agent it belongs to. */
  toolResults: { path: readonly string[]; call: ToolCall; result: ToolResult }[];
  exchanges: Exchange[];
  clock: ClockTape;
  ids: string[];
  /** Who drew each id, as `RecordedReply.by`. */
  idsBy?: string[];
  /** There where the signal of `recordRun` ended the run: how far it had come by then. */
  aborted?: { reason: string } & Mark;
  result: { state: RunState; output?: unknown; error?: ErrorRecord; usage: TokenUsage; inclusiveUsage: TokenUsage };
}

export interface RecordedOptions {
  maxSteps?: number;
  images?: string[];
  additionalArgs?: Record<string, unknown>;
}

/** What a model gave for one request. */
export interface RecordedReply {
  /** SHA-256 of the request, in hex; see `requestOutline`. */
  key: string;
  /** One line for each part of the request, so that a departure can be named. */
  outline: string[];
  /**
   * Who asked: the ids of the calls that lead there, joined by `/`; empty for the outermost run. What is asked for by several at
   * once is given to each as it was; files without it give it in the order of asking.
   */
  by?: string;
  parts: ModelPart[];
  /** For each part, its place as in `ended`. */
  partsEnded?: number[];
  /** Milliseconds until it was whole, or failed. */
  durationMs?: number;
  /** Its place among all replies, answers and waits of the run, from 1, in the order in which they ended; 0 where it was cut short. */
  ended?: number;
  /** There when the model failed after those parts; `name` where it threw something else than an `AgentGenerationError`. */
  error?: { message: string; kind?: string; name?: string };
}

/** One HTTP answer that a tool fetched. */
export interface Exchange {
  /** As that of a reply. */
  by?: string;
  method: string;
  url: string;
  /** SHA-256 of the request's body in hex; absent where there was none. */
  requestBody?: string;
  /** Absent where the request failed: then `error` says why. With a status, it says why the body broke off. */
  status?: number;
  statusText?: string;
  /** Where the fetch was led elsewhere by redirects. */
  finalUrl?: string;
  /** Milliseconds until the head was there, or the failure. */
  durationMs?: number;
  /** As that of a reply: when the head was there, or the failure. */
  ended?: number;
  /** The same for the end of its body; 0 where that was not waited for. */
  bodyEnded?: number;
  /** Only those that say how to read the answer or where to go on. */
  headers: Record<string, string>;
  /** UTF-8 text, or the bytes in base64. */
  body?: string;
  bodyBase64?: string;
  error?: string;
  /** Of an error that is no `TypeError`. */
  errorName?: string;
}

export interface ClockTape {
  /** What `now()` gave to everything but models, in order, in milliseconds since the epoch. */
  readings: number[];
  /** For each `sleep`, in order, whether it came to its end (true) or was cut short. */
  sleeps: boolean[];
  /** For each `sleep`, its place as that of a reply. */
  ended?: number[];
  /** For each `sleep`, how many milliseconds were asked for. */
  durations?: number[];
  /** Who took each reading, and who asked for each sleep, as `RecordedReply.by`. */
  readBy?: string[];
  sleptBy?: string[];
}

/** The file as JSON values, for `JSON.stringify`. */
export function writeRunFile(file: RunFile): Record<string, unknown> {
  const json = toJson(file);
  if (!isRecord(json)) throw new AgentConfigurationError('the run file is no object');
  return json;
}

/** Reads what `writeRunFile` gave. Throws an `AgentConfigurationError` naming the first unknown, missing or wrong key. */
export function readRunFile(json: unknown): RunFile {
  recordingShape(json, 'run');
  return fromJson(json as Json) as RunFile;
}

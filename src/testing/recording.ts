import type { AgentEvent, RunState } from '../agents/agent';
import { AgentConfigurationError } from '../errors';
import { fromJson, type Json, toJson } from '../executors/codec';
import { anything, count, flag, list, number, object, oneOf, type Shape, text } from '../memory/shape';
import type { ErrorRecord, ToolResult } from '../memory/step';
import type { ModelPart, TokenUsage, ToolCall } from '../models/model';
import { isRecord } from '../web/record';

/**
 * A run as plain JSON, whole enough to run it again: what the model said, what the network answered, the time and the
 * ids. Values of tools, code and answers that JSON has not are tagged, see `executors/codec.ts`.
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
  parts: ModelPart[];
  /** Milliseconds until it was whole, or failed. A replay keeps the order of what went on at once by it. */
  durationMs?: number;
  /** There when the model failed after those parts. */
  error?: { message: string; kind?: string };
}

/** One HTTP answer that a tool fetched. */
export interface Exchange {
  method: string;
  url: string;
  /** SHA-256 of the request's body in hex; absent where there was none. */
  requestBody?: string;
  /** Absent where the request failed: then `error` says why. */
  status?: number;
  /** Milliseconds until the head was there, or the failure. */
  durationMs?: number;
  /** Only those that say how to read the answer or where to go on. */
  headers: Record<string, string>;
  /** UTF-8 text, or the bytes in base64. */
  body?: string;
  bodyBase64?: string;
  error?: string;
}

export interface ClockTape {
  /** What `now()` gave to everything but models, in order, in milliseconds since the epoch. */
  readings: number[];
  /** For each `sleep`, in order, whether it came to its end (true) or was cut short. */
  sleeps: boolean[];
}

const usage = object({ inputTokens: count, outputTokens: count }, { cachedTokens: count, reasoningTokens: count });
const record: Shape = (value, place) => {
  if (!isRecord(value)) throw new AgentConfigurationError(`${place} must be an object`);
};
const errorRecord = object({ type: text, code: text, message: text }, { kind: text });
const event: Shape = (value, place) => {
  record(value, place);
  if (isRecord(value) && typeof value.type !== 'string')
    throw new AgentConfigurationError(`${place} lacks the key "type"`);
};

const runShape = object({
  kind: oneOf('run/1'),
  recordedAt: text,
  modelId: text,
  settings: record,
  task: text,
  options: object({}, { maxSteps: count, images: list(text), additionalArgs: record }),
  events: list(event),
  modelReplies: list(
    object(
      { key: text, outline: list(text), parts: list(event) },
      { durationMs: number, error: object({ message: text }, { kind: text }) },
    ),
  ),
  toolResults: list(object({ path: list(text), call: record, result: record })),
  exchanges: list(
    object(
      { method: text, url: text, headers: record },
      { status: count, durationMs: number, requestBody: text, body: text, bodyBase64: text, error: text },
    ),
  ),
  clock: object({ readings: list(number), sleeps: list(flag) }),
  ids: list(text),
  result: object(
    {
      state: oneOf('success', 'max_steps_error', 'error', 'interrupted', 'budget', 'waiting'),
      usage,
      inclusiveUsage: usage,
    },
    { output: anything, error: errorRecord },
  ),
});

/** The file as JSON values, for `JSON.stringify`. */
export function writeRunFile(file: RunFile): Record<string, unknown> {
  const json = toJson(file);
  if (!isRecord(json)) throw new AgentConfigurationError('the run file is no object');
  return json;
}

/** Reads what `writeRunFile` gave. Throws an `AgentConfigurationError` naming the first unknown, missing or wrong key. */
export function readRunFile(json: unknown): RunFile {
  runShape(json, 'run');
  return fromJson(json as Json) as RunFile;
}

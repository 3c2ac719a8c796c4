import { isRecord } from '../../web/record';
import type { Dropped } from '../trace';

/** A span as any of the file formats tells it. */
export interface Span {
  /** Hex where the file had hex or base64; as it came else. */
  id: string;
  traceId: string;
  /** Empty where it has none. */
  parentId: string;
  name: string;
  /** Milliseconds since the epoch; NaN where the file has none that can be read. */
  startMs: number;
  endMs: number;
  failed: boolean;
  /** Of its status. */
  message: string;
  /** Those of its attributes that `FACTS` names. */
  facts: Readonly<Record<string, unknown>>;
  /** All attributes under flat keys, made anew at each call. */
  attributes(): Record<string, unknown>;
  events(): readonly SpanEvent[];
  texts(): Iterable<string>;
  raw: unknown;
}

export interface SpanEvent {
  name: string;
  attributes: Readonly<Record<string, unknown>>;
}

export const CALL_ID = 'tool_call.id';
/** Of what this viewer saved: a call waited for a human. */
export const WAITING = 'smolagents.waiting';
/** Of what this viewer saved: `kept` or `edited`, of what a branch took over from the run before. */
export const KEPT = 'smolagents.kept';

/** What is read of every span at once; all else waits until it is shown. */
export const FACTS: ReadonlySet<string> = new Set([
  'openinference.span.kind',
  'gen_ai.operation.name',
  'llm.model_name',
  'gen_ai.request.model',
  'llm.token_count.prompt',
  'llm.token_count.completion',
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.output_tokens',
  'tool.name',
  'gen_ai.tool.name',
  'agent.name',
  'gen_ai.agent.name',
  'smolagents.run_state',
  'smolagents.max_steps',
  'error.type',
  KEPT,
]);

/** What a span lost before it was written, as OTLP counts it; undefined where it is whole. */
export function droppedOf(raw: unknown): Dropped | undefined {
  if (!isRecord(raw)) return undefined;
  const { droppedAttributesCount: attributes, droppedEventsCount: events, droppedLinksCount: links } = raw;
  if (!attributes && !events && !links) return undefined;
  const dropped = { attributes: counted(attributes), events: counted(events), links: counted(links) };
  return dropped.attributes + dropped.events + dropped.links > 0 ? dropped : undefined;
}

function counted(value: unknown): number {
  const number = Number(value);
  return Number.isSafeInteger(number) && number > 0 ? number : 0;
}

/** A text or number of nanoseconds, also as the two halves that some writers of protobuf make of it; or an ISO 8601 date. */
export function timeOf(value: unknown): number {
  if (typeof value === 'number') return value > 0 ? value / 1e6 : Number.NaN;
  if (typeof value === 'string') return /^\d+$/.test(value) ? timeOf(Number(value)) : dateOf(value);
  const { low, high } = (value ?? {}) as { low?: unknown; high?: unknown };
  return typeof low === 'number' && typeof high === 'number' ? timeOf((low >>> 0) + high * 2 ** 32) : Number.NaN;
}

/** `Date.parse` stops at milliseconds. */
function dateOf(text: string): number {
  const finer = /\.\d{3}(\d+)/.exec(text)?.[1];
  return Date.parse(text) + (finer ? Number(`0.${finer}`) : 0);
}

/** Whether a status tells a failure: number, name of the enum, or a word. */
export function isFailure(code: unknown): boolean {
  return code === 2 || (typeof code === 'string' && /^(2|.*error)$/i.test(code));
}

/** Hex in small letters, of an id in hex or base64; empty for the id of nothing; any other text as it is. */
export function idOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = String(value);
  const { length } = text;
  if (length === 16 || length === 32) return text.startsWith('0') && !/[^0]/.test(text) ? '' : text.toLowerCase();
  if (length > 24 || length < 11 || !/^(?:[\w+/-]{11}=?|[\w+/-]{22}(?:==)?)$/.test(text)) return text;
  try {
    const bytes = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
    const hex = Array.from(bytes, (byte) => byte.charCodeAt(0).toString(16).padStart(2, '0')).join('');
    return /[^0]/.test(hex) ? hex : '';
  } catch {
    return text;
  }
}

import { isRecord } from '../web/record';
import type { Trace, TraceRow } from './trace';

/** What a run is gone on with, as `ForkEdits` of the SDK: of `reply`, `code`, `results` and `managed` at most one. */
export interface RewindRequest {
  /** Number of the step before which the run goes on. */
  step: number;
  edits: {
    task?: string;
    earlier?: Readonly<Record<number, { said?: string; seen?: string }>>;
    reply?: string;
    code?: string;
    results?: Readonly<Record<string, unknown>>;
    /** By id of a managed agent's call: that agent goes on from a step of its own. */
    managed?: Readonly<Record<string, { step: number } & RewindRequest['edits']>>;
  };
}

/**
 * What has a run go on at this step: of a managed agent's step, the step of the run itself that led there, with the edits inside.
 * Undefined where the trace does not tell the calls that lead there.
 */
export function rewindAt(step: TraceRow, edits: RewindRequest['edits']): RewindRequest | undefined {
  let request: RewindRequest = { step: step.step ?? 1, edits };
  let top = step;
  let called: string | undefined;
  for (let at = step.parent; at; at = at.parent) {
    if (at.kind === 'agent' || at.kind === 'tool') called = callIdOf(at) ?? called;
    if (at.kind !== 'step') continue;
    if (called === undefined) return undefined;
    const inside = { step: request.step, ...request.edits };
    request = { step: at.step ?? 1, edits: { managed: { [called]: inside } } };
    called = undefined;
    top = at;
  }
  return top.path.length < 2 ? request : undefined; // else what led there was not received
}

/** The step of the run itself that a step lies in, be it of a managed agent. */
export function outermostStep(row: TraceRow): TraceRow | undefined {
  let step: TraceRow | undefined;
  for (let at: TraceRow | undefined = row; at; at = at.parent) if (at.kind === 'step') step = at;
  return step && step.path.length < 2 ? step : undefined;
}

/** What spans and saved files call the id of a call; the last one is of files that were saved earlier. */
const CALL_IDS = ['gen_ai.tool.call.id', 'tool_call.id', 'smolagents.tool_call.id'];

/** The id by which edits name a call. */
export function callIdOf(call: TraceRow): string | undefined {
  const { attributes } = call.details();
  const id = CALL_IDS.map((name) => attributes[name]).find((value) => value !== undefined);
  return typeof id === 'string' ? id : undefined;
}

/**
 * Whether a run can be gone on with: it was watched, or its source is a log, or a file with one, or with all its events. Spans do
 * not hold what a branch is made from.
 */
export function isGoneOnWith({ source }: Trace): boolean {
  if (Array.isArray(source)) return isRecord(source[0]) && Array.isArray(source[0].within);
  if (!isRecord(source)) return false;
  const { events, log, kind } = source;
  if (Array.isArray(log) && log.length > 0) return true;
  return Array.isArray(events) && events.length > 0 && (kind === undefined || areWhole(events));
}

/** Whether these events tell all that their run came from: it is no branch, which begins with a later step, and no follow-up. */
export function areWhole(events: readonly unknown[]): boolean {
  const own = events.filter(isRecord).filter(({ path }) => Array.isArray(path) && path.length < 2);
  const first = own.map(({ plan, step }) => plan ?? step).find(isRecord);
  if (!first) return true;
  const { number = 1, inputMessages } = first;
  const given = Array.isArray(inputMessages) ? inputMessages : []; // of a run that was begun afresh nobody has said anything
  return number === 1 && !given.some((message) => isRecord(message) && message.role === 'assistant');
}

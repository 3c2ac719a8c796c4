import { AgentConfigurationError } from '../../errors';
import { isRecord } from '../../web/record';
import type { Prices, Trace } from '../trace';
import { growTree } from './grow-tree';
import { readGolden } from './read-golden';
import { readOtlp } from './read-otlp';
import { readPhoenix } from './read-phoenix';
import { areEvents, isLog, readRun } from './read-run';
import { Repairs } from './repairs';
import type { Row } from './row';
import { settleRows } from './settle-rows';
import { droppedOf, type Span } from './span';
import { rowOfSpan } from './span-row';
import { traceOfRows } from './trace-of-rows';

export interface ReadTraceOptions {
  /** What tokens cost, by model id; models that are not in it have no cost. */
  prices?: Prices;
}

const SLICE_MS = 50; // a collection of garbage may come on top, 100 ms of 60,000 spans
const AT_ONCE = 500; // spans between two looks at the clock

const OPENS =
  'What can be opened: OTLP/JSON (also JSON lines), a run file (kind "run/1"), golden traces (kind "golden/1"), and spans of Phoenix ({ "data": [...] })';

/**
 * The trace in a file, given as text or as what JSON.parse made of it. Faults of the trace are mended and told in
 * `repairs`; an `AgentConfigurationError` is thrown only for what is no trace at all.
 */
export function readTrace(input: unknown, options: ReadTraceOptions = {}): Trace {
  const work = reading(input, options);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** The same in tasks that are short enough for a page, whatever the size; JSON.parse alone takes as long as it takes. */
export async function readTraceInSlices(input: unknown, options: ReadTraceOptions = {}): Promise<Trace> {
  const work = reading(input, options);
  let isLong = false;
  for (let begunMs = performance.now(); ; ) {
    const { done, value } = work.next();
    if (done) {
      if (isLong) await nextTask(); // what shows it has a task of its own
      return value;
    }
    if (performance.now() - begunMs < SLICE_MS) continue;
    isLong = true;
    await nextTask();
    begunMs = performance.now();
  }
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Yields wherever the rest may wait. */
function* reading(input: unknown, { prices = {} }: ReadTraceOptions): Generator<void, Trace> {
  const repairs = new Repairs();
  const parts = typeof input === 'string' ? yield* parsed(input.replace(/^\ufeff/, ''), repairs) : [input];
  yield;
  const source = parts.length === 1 ? parts[0] : parts;
  const run = runOf(source);
  if (run) return withRows(yield* readRun(run, prices, source));
  const given: Row[] = [];
  const foreign: unknown[] = [];
  for (const part of parts) {
    for (const span of spansOf(part, repairs, foreign)) {
      if (droppedOf(span.raw))
        repairs.count('without some attributes, events or links: dropped before the file was written');
      if (given.push(rowOfSpan(span, prices)) % AT_ONCE === 0) yield;
    }
  }
  if (foreign.length > 0) leaveOut(foreign, given.length > 0, repairs);
  yield;
  const rows = new Map<string, Row>();
  const order = yield* growTree(given, rows, repairs);
  yield;
  yield* settleRows(order, repairs);
  yield;
  return withRows(traceOfRows(order, rows, repairs.sentences(), source));
}

function withRows(trace: Trace): Trace {
  if (trace.rows.size === 0)
    throw new AgentConfigurationError('This is a trace with nothing in it: it has no span and no event of a run');
  return trace;
}

/** What is no trace is left out where it stands beside one, and is refused alone. */
function leaveOut(foreign: readonly unknown[], isBesideSpans: boolean, repairs: Repairs): void {
  const first = described(foreign[0]);
  if (!isBesideSpans) throw new AgentConfigurationError(`This is no trace but ${first}. ${OPENS}`);
  const others = foreign.length > 1 ? `; the first of ${foreign.length} such parts` : '';
  repairs.tell(`A part of the file is no trace but ${first}, left out${others}.`);
}

/** A run file without spans, or its events or log alone. */
function runOf(source: unknown): Readonly<Record<string, unknown>> | undefined {
  if (Array.isArray(source))
    return areEvents(source) ? { events: source } : isLog(source) ? { log: source } : undefined;
  if (!isRecord(source)) return undefined;
  const { kind, events, log, resourceSpans } = source;
  const hasSpans = Array.isArray(resourceSpans) && resourceSpans.length > 0;
  return !hasSpans && (kind === 'run/1' || areEvents(events) || isLog(log)) ? source : undefined;
}

/** A JSON text, or several: one a line, or each over lines of its own. The lines that cannot be read, such as a last one that was cut off, are left out. */
function* parsed(text: string, repairs: Repairs): Generator<void, unknown[]> {
  try {
    return [JSON.parse(text)];
  } catch (cause) {
    const lines = text.split('\n').filter((line) => line.trim());
    const values: unknown[] = [];
    let unread = 0;
    let open: string[] = []; // lines of a text that has begun
    for (const line of lines) {
      open.push(line);
      const isInside = /^[{[]\s*$/.test(open[0] ?? '') && !/^[}\]]/.test(line);
      if (isInside) continue;
      try {
        values.push(JSON.parse(open.join('\n')));
      } catch {
        unread += open.length;
      }
      open = [];
      yield;
    }
    unread += open.length;
    if (!values.some(isRecord))
      throw new AgentConfigurationError(`This is no JSON: ${cause instanceof Error ? cause.message : cause}. ${OPENS}`);
    if (unread > 0) repairs.tell(`${unread} of ${lines.length} lines could not be read.`);
    return values;
  }
}

/** What holds no spans is put into `foreign`. */
function* spansOf(part: unknown, repairs: Repairs, foreign: unknown[]): Generator<Span, void> {
  const skipped = (what: unknown) => repairs.count(`no object but ${what === null ? 'null' : typeof what}, left out`);
  if (Array.isArray(part)) {
    if (part.length && part.every(isPhoenix)) return yield* readPhoenix(part, skipped);
    for (const each of part) yield* spansOf(each, repairs, foreign);
    if (part.length) return;
  }
  if (isRecord(part)) {
    if (part.incomplete === true)
      repairs.tell('Spans are missing: there was no room for all where the trace was kept.');
    if (Array.isArray(part.resourceSpans)) return yield* readOtlp(part.resourceSpans, skipped);
    if (part.kind === 'golden/1') {
      repairs.tell('The file has no times: a millisecond stands for each start and each end.');
      return yield* readGolden(part, skipped);
    }
    if (isPhoenix(part)) return yield* readPhoenix([part], skipped);
    if (Array.isArray(part.data) && (part.data.length === 0 || part.data.some(isPhoenix)))
      return yield* readPhoenix(part.data, skipped);
  }
  foreign.push(part);
}

function isPhoenix(value: unknown): boolean {
  return isRecord(value) && isRecord(value.context);
}

function described(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (!isRecord(value)) return value === null ? 'null' : `a ${typeof value}`;
  const { kind } = value;
  if (typeof kind === 'string') return `a file of kind "${kind.slice(0, 40)}"`;
  const keys = Object.keys(value);
  return keys.length
    ? `an object with the keys ${keys
        .slice(0, 5)
        .map((key) => key.slice(0, 40))
        .join(', ')}`
    : 'an empty object';
}

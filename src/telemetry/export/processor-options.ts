import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { runtime } from '#runtime';
import { AgentConfigurationError } from '../../errors';
import { systemClock } from '../../web/clock';
import { refuseSetting, refuseUnknownOptions, requireWholeNumber } from '../../web/options';
import { EXPORTER_OPTIONS, FetchSpanExporter, type FetchSpanExporterOptions } from './exporter';
import type { JournalOptions } from './journal-options';
import type { Drop } from './ledger';
import type { PageTarget } from './page-exit';

/** Limits of what waits and of how it is sent. Times are milliseconds. */
export interface ProcessorLimits {
  /** Spans that wait at most, those being sent not counted; default no limit but the bytes. */
  maxQueueSpans: number;
  /** About the bytes that wait at most; default 32 MiB. */
  maxQueueBytes: number;
  /** Spans of one request at most; default 512. */
  maxBatchSpans: number;
  /** Bytes of one body at most, before compression; default 4 MiB. A span that is longer alone is lost, and reported. */
  maxBodyBytes: number;
  /** The same for the bodies sent when the page goes; default 60 KiB. */
  keepaliveMaxBytes: number;
  /** Longest wait of a span before it is sent; default 5 s. */
  scheduleDelayMs: number;
  /** Back-off k (from 0) is drawn from the upper half of [0, min(`retryCapMs`, `retryBaseMs` * 2^k)]; defaults 1 s and 30 s. */
  retryBaseMs: number;
  retryCapMs: number;
  /** From the first attempt of a batch until it is given up; default 5 min. */
  maxElapsedMs: number;
  /** Longest `forceFlush` and `shutdown`; default 30 s each. */
  flushTimeoutMs: number;
  shutdownTimeoutMs: number;
}

export interface FetchBatchSpanProcessorOptions extends Partial<ProcessorLimits>, Partial<FetchSpanExporterOptions> {
  /** In place of `url` and the other settings of `FetchSpanExporter`: that one, or any stock exporter. */
  exporter?: SpanExporter;
  /** Told of every loss. */
  onDrop?: (drop: Drop) => void;
  /**
   * Keeps what is not delivered yet in IndexedDB, for the next page of this origin to send. Off by default: prompts and
   * answers would lie on the visitor's disk. Needs our own exporter, IndexedDB and Web Locks.
   */
  journal?: boolean | JournalOptions;
  /**
   * For a processor that serves one request of an edge worker, `(promise) => ctx.waitUntil(promise)`: it is given every
   * stretch of sending, and spans are sent as soon as no span is open, since timers do not outlive the request. Default, in
   * workerd: that of the request at hand.
   */
  waitUntil?: (promise: Promise<unknown>) => void;
  /** Whose `pagehide` and `visibilitychange` are heeded; default the page at hand, where there is one. */
  page?: PageTarget;
  /** A number in [0, 1), like `Math.random`. */
  random?: () => number;
}

const DEFAULT_LIMITS: ProcessorLimits = {
  maxQueueSpans: Number.MAX_SAFE_INTEGER,
  maxQueueBytes: 32 * 1024 * 1024,
  maxBatchSpans: 512,
  maxBodyBytes: 4 * 1024 * 1024,
  keepaliveMaxBytes: 60 * 1024,
  scheduleDelayMs: 5_000,
  retryBaseMs: 1_000,
  retryCapMs: 30_000,
  maxElapsedMs: 300_000,
  flushTimeoutMs: 30_000,
  shutdownTimeoutMs: 30_000,
};
const OWNER = 'FetchBatchSpanProcessor';

export const PROCESSOR_OPTIONS: readonly string[] = [
  ...Object.keys(DEFAULT_LIMITS),
  ...EXPORTER_OPTIONS,
  ...['exporter', 'onDrop', 'journal', 'waitUntil', 'page', 'random'],
];

/** The settings with all defaults. Throws `AgentConfigurationError`. */
export function readProcessorOptions(options: FetchBatchSpanProcessorOptions) {
  refuseUnknownOptions(OWNER, options, PROCESSOR_OPTIONS);
  const limits = { ...DEFAULT_LIMITS };
  const { clock = systemClock, random = Math.random, onDrop, page, journal = false, url } = options;
  const { waitUntil = runtime.waitUntil } = options;
  const forExporter: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (EXPORTER_OPTIONS.includes(name)) forExporter[name] = value;
    if (/^(onDrop|waitUntil)$/.test(name) && typeof value !== 'function')
      refuseSetting(OWNER, name, value, 'a function');
    if (!isLimit(name)) continue;
    requireWholeNumber(OWNER, name, value, name.endsWith('Ms') ? 0 : 1);
    limits[name] = value;
  }
  const own = () =>
    url === undefined
      ? refuseSetting(OWNER, 'url', url, 'given, or an `exporter`')
      : new FetchSpanExporter({ ...forExporter, url });
  const exporter = options.exporter ?? own();
  const other = options.exporter && Object.keys(forExporter).find((name) => name !== 'clock');
  if (other)
    throw new AgentConfigurationError(`${OWNER}: \`${other}\` is a setting of the exporter, give it to \`exporter\``);
  if (typeof exporter.export !== 'function') refuseSetting(OWNER, 'exporter', exporter, 'a SpanExporter');
  if (journal && !(exporter instanceof FetchSpanExporter))
    refuseSetting(OWNER, 'journal', journal, 'left out with an `exporter` that is no FetchSpanExporter');
  return { limits, clock, random, onDrop, waitUntil, page, journal: journal === true ? {} : journal, exporter };
}

function isLimit(name: string): name is keyof ProcessorLimits {
  return name in DEFAULT_LIMITS;
}

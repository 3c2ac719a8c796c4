import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { ExportResultCode, suppressTracing } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Clock } from '../web/clock';
import { within } from '../web/deadline';
import { ExportFailure, failureFrom } from './export-failure';
import { FetchSpanExporter, type SendOptions } from './exporter';
import type { OtlpEncoding, PartialSuccess } from './otlp';
import type { Batch } from './outbox';
import { estimateBytes } from './span-facts';

const STOCK_TIMEOUT_MS = 30_000; // a stock exporter tries again by itself, for 10 s and more
const RESOURCE_TIMEOUT_MS = 5_000;
const STOCK_OVERHEAD = { span: 420, attribute: 45 };

/** What stands in the way of sending a batch as it is. */
export type Unfit = { reason: 'too_large' } | { reason: 'not_encodable'; error: unknown };

/** Takes one batch to the collector, through our exporter or a stock one. */
export class Courier {
  readonly destination: string;
  /** Absent for a stock exporter: it encodes by itself, and bodies cannot be measured or kept. */
  readonly encoding: OtlpEncoding | undefined;
  readonly #exporter: SpanExporter;
  readonly #clock: Clock;

  constructor(exporter: SpanExporter, clock: Clock) {
    this.#exporter = exporter;
    this.#clock = clock;
    this.encoding = exporter instanceof FetchSpanExporter ? exporter.encoding : undefined;
    this.destination = exporter instanceof FetchSpanExporter ? exporter.destination : 'the exporter';
  }

  estimateBytes(span: ReadableSpan): number {
    return estimateBytes(span, this.encoding?.overhead ?? STOCK_OVERHEAD);
  }

  /** Makes the body of a batch and says what is wrong with it, if anything. */
  prepare(batch: Batch, maxBytes: number): Unfit | undefined {
    if (!this.encoding || batch.body) return undefined;
    try {
      batch.body = encodeEntries(batch, this.encoding);
    } catch (error) {
      return { reason: 'not_encodable', error };
    }
    if (batch.body.length <= maxBytes) return undefined;
    batch.body = undefined;
    return { reason: 'too_large' };
  }

  /** Tries once. Throws an `ExportFailure`. */
  async send(batch: Batch, options: SendOptions & { signal: AbortSignal }): Promise<PartialSuccess> {
    if (batch.body && this.#exporter instanceof FetchSpanExporter) return this.#exporter.send(batch.body, options);
    await within(() => this.#export(spansOf(batch)), {
      clock: this.#clock,
      timeoutMs: STOCK_TIMEOUT_MS,
      signal: options.signal,
      late: () => new ExportFailure(`it did not end within ${STOCK_TIMEOUT_MS} ms`, { retryable: true }),
    }).catch((error: unknown) => {
      throw failureFrom(error);
    });
    return { rejectedSpans: 0, message: '' };
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }

  #export(spans: ReadableSpan[]): Promise<void> {
    return new Promise((resolve, reject) => {
      context.with(suppressTracing(ROOT_CONTEXT), () =>
        this.#exporter.export(spans, ({ code, error }) => {
          if (code === ExportResultCode.SUCCESS) resolve();
          else reject(error);
        }),
      );
    });
  }
}

/** Waits for attributes of resources that are found out later, for a while. Undefined where there are none to wait for. */
export function resourcesOf(batch: Batch, clock: Clock): Promise<unknown> | undefined {
  const pending = spansOf(batch).flatMap(({ resource }) =>
    resource?.asyncAttributesPending ? [resource.waitForAsyncAttributes?.()] : [],
  );
  if (pending.length === 0) return undefined;
  const over = new AbortController();
  const late = clock.sleep(RESOURCE_TIMEOUT_MS, over.signal).catch(() => undefined);
  return Promise.race([Promise.allSettled(pending), late]).finally(() => over.abort());
}

function spansOf({ entries }: Batch): ReadableSpan[] {
  return entries.flatMap(({ content }) => ('span' in content ? [content.span] : []));
}

function encodeEntries(batch: Batch, encoding: OtlpEncoding): Uint8Array<ArrayBuffer> {
  const spans = spansOf(batch);
  const bodies = batch.entries.flatMap(({ content }) => ('body' in content ? [content.body] : []));
  if (bodies.length === 0) return encoding.encode(spans);
  return encoding.join(spans.length > 0 ? [encoding.encode(spans), ...bodies] : bodies);
}

import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Clock } from '../../web/clock';
import { within } from '../../web/deadline';
import { untraced } from '../untraced';
import { ExportFailure, failureFrom } from './export-failure';
import { FetchSpanExporter, type SendOptions } from './exporter';
import type { OtlpEncoding } from './otlp';
import type { Batch } from './outbox';
import type { PartialSuccess } from './partial-success';

const STOCK_TIMEOUT_MS = 30_000; // a stock exporter tries again by itself, for 10 s and more

/** What stands in the way of sending a batch as it is. */
export interface Unfit {
  reason: 'too_large' | 'not_encodable';
  error?: unknown;
}

/** Takes one batch to the collector, through our exporter or a stock one. */
export class Courier {
  readonly destination: string;
  /** Absent for a stock exporter: it encodes by itself, and bodies cannot be measured or kept. */
  readonly encoding: OtlpEncoding | undefined;
  readonly compresses: boolean;
  readonly #exporter: SpanExporter;
  readonly #clock: Clock;

  constructor(exporter: SpanExporter, clock: Clock) {
    const own = exporter instanceof FetchSpanExporter ? exporter : undefined;
    this.#exporter = exporter;
    this.#clock = clock;
    this.encoding = own?.encoding;
    this.compresses = own?.compresses ?? false;
    this.destination = own?.destination ?? 'the exporter';
  }

  /** Makes the body of a batch and says what is wrong with it, if anything. */
  prepare(batch: Batch, maxBytes: number): Unfit | undefined {
    if (!this.encoding) return undefined;
    try {
      batch.body ??= encoded(batch, this.spansOf(batch), this.encoding);
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
    try {
      await within(() => this.#export(this.spansOf(batch)), {
        ...{ clock: this.#clock, timeoutMs: STOCK_TIMEOUT_MS, signal: options.signal },
        late: () => new ExportFailure(`it did not end within ${STOCK_TIMEOUT_MS} ms`, { retryable: true }),
      });
    } catch (error) {
      throw failureFrom(error);
    }
    return { rejectedSpans: 0, message: '' };
  }

  /** Those of a batch that are no rows of a journal. */
  spansOf({ entries }: Batch): ReadableSpan[] {
    return entries.flatMap(({ span }) => span ?? []);
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }

  #export(spans: ReadableSpan[]): Promise<void> {
    return new Promise((resolve, reject) => {
      untraced(() =>
        this.#exporter.export(spans, ({ code, error }) =>
          code === ExportResultCode.SUCCESS ? resolve() : reject(error),
        ),
      );
    });
  }
}

function encoded(batch: Batch, spans: readonly ReadableSpan[], encoding: OtlpEncoding): Uint8Array<ArrayBuffer> {
  const restored = batch.entries.flatMap((entry) => entry.restored ?? []);
  if (!restored[0]) return encoding.encode(spans);
  const bodies = restored.map(({ body }) => body);
  return restored[0].join(spans.length > 0 ? [encoding.encode(spans), ...bodies] : bodies);
}

import type { Watcher } from '../../agents/scope';
import type { ObjectHome } from '../objects';
import { problemResponse } from '../problem';
import type { Clean } from '../secrets/secrets';
import type { WorkerSettings } from '../settings';
import { relayTraces } from '../traces/trace-relay';
import type { RunOrder } from './run-order';

/** What draws one run as spans. */
export interface RunTelemetry {
  watcher: Watcher | false;
  /** Known as soon as the run has begun; undefined where runs are not traced. */
  traceId(): string | undefined;
  /** Sends what is left. Never rejects. */
  end(): Promise<void>;
}

/** `00-TRACE-SPAN-FLAGS` of W3C Trace Context; later versions may have more behind it, and are read as far. */
const TRACEPARENT = /^(?!ff|00-.{52}.)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

/** Spans of a run go the way of those that pages send: kept for viewers, and sent on. They join the caller's trace. */
export async function runTelemetry<Env>(
  { owner, traceparent }: Pick<RunOrder, 'owner' | 'traceparent'>,
  { settings, home, env, clean }: { settings: WorkerSettings<Env>; home: ObjectHome; env: Env; clean: Clean },
): Promise<RunTelemetry> {
  const { traces } = settings;
  if (!traces) return { watcher: false, traceId: () => undefined, end: async () => {} };
  const [{ ROOT_CONTEXT, trace }, { startTelemetry }, { FetchSpanExporter }, { cleanEncoding }] = await Promise.all([
    import('@opentelemetry/api'), // a peer: who traces nothing need not have it
    import('../../telemetry/start-telemetry'),
    import('../../telemetry/export/exporter'),
    import('../secrets/clean-spans'),
  ]);
  let traceId: string | undefined;
  const exporter = new FetchSpanExporter({
    url: 'https://relay.invalid/v1/traces',
    gzip: false, // it goes nowhere but to the relay in this process
    fetch: async (input, init) =>
      relayTraces(new Request(input, init), { env, objects: home.objects, owner, settings, traces }).catch(
        problemResponse,
      ), // its status says whether to send again
  });
  const telemetry = startTelemetry({
    exporter: Object.assign(exporter, { encoding: cleanEncoding(exporter.encoding, clean) }),
    waitUntil: (work) => home.waitUntil(work),
    ...(traces.projectName !== undefined && { projectName: traces.projectName }),
    spanProcessors: [
      {
        onStart: (span) => {
          traceId ??= span.spanContext().traceId;
        },
        onEnd: () => {},
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
  });
  const [, parentTrace = '', spanId = '', flags = ''] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  const parent = { traceId: parentTrace, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return {
    watcher: parentTrace
      ? telemetry.watcher.with({ context: trace.setSpanContext(ROOT_CONTEXT, parent) })
      : telemetry.watcher,
    traceId: () => traceId,
    end: async () => void (await telemetry.shutdown()),
  };
}

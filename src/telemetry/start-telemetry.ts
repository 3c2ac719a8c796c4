import { type Attributes, ProxyTracerProvider, type TracerProvider, trace } from '@opentelemetry/api';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { runtime } from '#runtime';
import { watchRuns } from '../agents/scope';
import { refuseSetting, refuseUnknownOptions } from '../web/options';
import { ensureContextManager } from './context-manager';
import type { TelemetryCounters } from './export/ledger';
import { FetchBatchSpanProcessor } from './export/processor';
import { type FetchBatchSpanProcessorOptions, PROCESSOR_OPTIONS } from './export/processor-options';
import { WebCryptoIdGenerator } from './id-generator';
import { INSTRUMENT_OPTIONS, type InstrumentOptions, type RunWatcher, runWatcher } from './spans/run-watcher';

/** Settings of the processor and of the instrumentor in one, and those of the provider that is made. */
export interface StartTelemetryOptions
  extends FetchBatchSpanProcessorOptions,
    Omit<InstrumentOptions, 'tracerProvider'> {
  /** The project that Phoenix shows the traces under; default its own, named `default`. */
  projectName?: string;
  /** Default `smolagents-web`. */
  serviceName?: string;
  /** More of what is told of the process, such as `deployment.environment.name`. */
  resourceAttributes?: Attributes;
  /** Processors beside ours, such as one for a console. */
  spanProcessors?: readonly SpanProcessor[];
  /**
   * Whether all runs are watched, and provider and context manager registered with OpenTelemetry where there are none yet;
   * default true, but false with `waitUntil` and in workerd: what serves one request must not be global. Without it, give
   * `watcher` to runs.
   */
  global?: boolean;
}

/** Telemetry that runs. `await using` shuts it down. */
export interface Telemetry extends AsyncDisposable {
  readonly tracerProvider: TracerProvider;
  /** For `telemetry` of a run, where not all runs are watched. */
  readonly watcher: RunWatcher;
  readonly counters: TelemetryCounters;
  /** Sends what has ended, for `flushTimeoutMs` at most. Never rejects: what is left shows in the counters. */
  flush(): Promise<TelemetryCounters>;
  /** Watches no more runs, sends what is left, for `shutdownTimeoutMs` at most. Never rejects. */
  shutdown(): Promise<TelemetryCounters>;
}

/** Attributes a span may have: OpenTelemetry's 128 would push tokens and status out of a long history. */
const MAX_ATTRIBUTES = 10_000;

const OPTIONS: readonly string[] = [
  ...['projectName', 'serviceName', 'resourceAttributes', 'spanProcessors', 'global'],
  ...[...PROCESSOR_OPTIONS, ...INSTRUMENT_OPTIONS].filter((name) => name !== 'tracerProvider'),
];

/** Sets up everything in one call: processor, provider, context manager, instrumentor. Throws `AgentConfigurationError`. */
export function startTelemetry(options: StartTelemetryOptions): Telemetry {
  refuseUnknownOptions('startTelemetry', options, OPTIONS);
  const { projectName, serviceName, resourceAttributes, spanProcessors = [], global, ...rest } = options;
  for (const [name, value] of Object.entries({ projectName, serviceName }))
    if (value !== undefined && (!value || typeof value !== 'string'))
      refuseSetting('startTelemetry', name, value, 'a text');
  const [forProcessor, forInstrumentor] = divided(rest);
  const isGlobal = global ?? (options.waitUntil ?? runtime.waitUntil) === undefined;
  const processor = new FetchBatchSpanProcessor(forProcessor);
  const tracerProvider = new WebTracerProvider({
    spanProcessors: [processor, ...spanProcessors],
    resource: resourceOf({ projectName, serviceName, resourceAttributes }),
    idGenerator: new WebCryptoIdGenerator(),
    spanLimits: { attributeCountLimit: MAX_ATTRIBUTES },
  });
  const watcher = runWatcher({ ...forInstrumentor, tracerProvider });
  const unregister = isGlobal ? register(tracerProvider, watcher) : () => {};
  const shutdown = async () => {
    unregister();
    await tracerProvider.shutdown().catch(() => undefined); // of the processors given; ours never rejects
    return processor.counters;
  };
  return {
    tracerProvider,
    watcher,
    get counters() {
      return processor.counters;
    },
    flush: async () => {
      await processor.forceFlush().catch(() => undefined);
      return processor.counters;
    },
    shutdown,
    [Symbol.asyncDispose]: async () => {
      await shutdown();
    },
  };
}

function divided(options: StartTelemetryOptions): [FetchBatchSpanProcessorOptions, InstrumentOptions] {
  const isProcessors = ([name]: [string, unknown]) => PROCESSOR_OPTIONS.includes(name);
  const entries = Object.entries(options);
  return [
    Object.fromEntries(entries.filter(isProcessors)),
    Object.fromEntries(entries.filter((entry) => !isProcessors(entry))),
  ];
}

function resourceOf({
  projectName,
  serviceName = 'smolagents-web',
  resourceAttributes = {},
}: Pick<StartTelemetryOptions, 'projectName' | 'serviceName' | 'resourceAttributes'>) {
  const project = projectName === undefined ? {} : { 'openinference.project.name': projectName };
  return defaultResource().merge(
    resourceFromAttributes({ 'service.name': serviceName, ...project, ...resourceAttributes }),
  );
}

/** Makes it everybody's, but for what an app has registered before. Returns how to take it back. */
function register(tracerProvider: WebTracerProvider, watcher: RunWatcher): () => void {
  const unwatch = watchRuns(watcher);
  void ensureContextManager(); // so that spans of the app's own find their parent
  const current = trace.getTracerProvider();
  const isFree = current instanceof ProxyTracerProvider && current.getDelegateTracer('smolagents-web') === undefined;
  const isOurs = isFree && trace.setGlobalTracerProvider(tracerProvider);
  return () => {
    unwatch();
    if (isOurs) trace.disable();
  };
}

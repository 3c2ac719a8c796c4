import { type Context, type TracerProvider, trace } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { type RunWork, type Scope, unwatched, type Watcher } from '../agents/scope';
import { refuseSetting, refuseUnknownOptions } from '../web/options';
import { MASKING_OPTIONS, type MaskingOptions, maskingOf } from './masking';
import { type Drawing, OtelScope } from './otel-scope';
import { type PropagateTo, propagation } from './propagation';
import { type RedactOption, redaction } from './redact';
import { tell } from './tell';
import { clockIn } from './trace-clock';
import { ambientContext, FACT_OPTIONS, factAttributes, type TraceFacts, withFacts } from './trace-facts';

export interface InstrumentOptions extends MaskingOptions {
  /** Default: the one registered with OpenTelemetry's API when a run begins. */
  tracerProvider?: TracerProvider;
  /**
   * `strict` writes exactly what the instrumentor of Python smolagents writes. The default, `improved`, adds and corrects
   * what `docs/telemetry.md` lists.
   */
  compat?: 'strict' | 'improved';
  /** Messages and tool arguments in `gen_ai.*` attributes as well; they repeat what the OpenInference ones hold. */
  genAiContent?: boolean;
  /** What is taken out of all texts: `default` for a list of key shapes, or patterns of one's own. Default: nothing. */
  redact?: RedactOption;
  /** Origins beside the page's own that get `traceparent` with the requests of tools: texts are whole origins. */
  propagateTo?: PropagateTo;
}

/** Facts of one run, given by hand. */
export interface RunFacts extends TraceFacts {
  /** The OpenTelemetry context of the run's parent; default what is active when `run` is called. */
  context?: Context;
}

const OPTIONS: readonly string[] = [
  ...(['tracerProvider', 'compat', 'genAiContent', 'redact', 'propagateTo'] satisfies (keyof InstrumentOptions)[]),
  ...MASKING_OPTIONS,
];
const RUN_OPTIONS: readonly string[] = [...FACT_OPTIONS, 'context'];
const SCOPE_NAME = 'openinference.instrumentation.smolagents'; // of the Python instrumentor, so that views on it fit
const SCOPE_VERSION = '0.1.43';

type Settings = Omit<Drawing, 'tracer' | 'clock' | 'facts' | 'onDropped'> & {
  tracerProvider: TracerProvider | undefined;
  onDropped(kept: number): void;
};

/**
 * A watcher that draws runs as spans, for `telemetry` of a run; `run(task, { telemetry: runWatcher({ tracerProvider }) })` needs
 * nothing global. Facts of the run go into the same options. Throws `AgentConfigurationError` for wrong ones.
 */
export function runWatcher(options: InstrumentOptions & RunFacts = {}): RunWatcher {
  const { context, sessionId, userId, metadata, tags, promptTemplate, attributes, ...rest } = options;
  const facts = { sessionId, userId, metadata, tags, promptTemplate, attributes, context };
  const given = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  return new RunWatcher(settingsOf(rest), {}).with(given);
}

/** Draws runs as spans. */
export class RunWatcher implements Watcher {
  readonly #settings: Settings;
  readonly #facts: RunFacts;

  constructor(settings: Settings, facts: RunFacts) {
    this.#settings = settings;
    this.#facts = facts;
  }

  /** The same watcher for runs with these facts. */
  with(facts: RunFacts): RunWatcher {
    refuseUnknownOptions('The facts of a run', facts, RUN_OPTIONS);
    return new RunWatcher(this.#settings, { ...this.#facts, ...facts });
  }

  atDoor(): Watcher {
    return this.#facts.context ? this : this.with({ context: ambientContext() });
  }

  watch(work: RunWork): Scope {
    const { context: given = ambientContext(), ...facts } = this.#facts;
    const parent = withFacts(given, facts);
    if (isTracingSuppressed(parent)) return unwatched;
    const { tracerProvider, ...settings } = this.#settings;
    try {
      const tracer = (tracerProvider ?? trace.getTracerProvider()).getTracer(SCOPE_NAME, SCOPE_VERSION);
      const drawing = { ...settings, tracer, clock: clockIn(parent), facts: factAttributes(parent) };
      return new OtelScope(work, parent, drawing, { isRoot: true });
    } catch (error) {
      tell('error', 'smolagents-web: the trace of a run could not be started', error);
      return unwatched;
    }
  }
}

function settingsOf(options: InstrumentOptions): Settings {
  const owner = 'SmolagentsInstrumentor';
  refuseUnknownOptions(owner, options, OPTIONS);
  const { tracerProvider, compat = 'improved', genAiContent = false, redact, propagateTo } = options;
  if (compat !== 'strict' && compat !== 'improved') refuseSetting(owner, 'compat', compat, '"strict" or "improved"');
  if (typeof genAiContent !== 'boolean') refuseSetting(owner, 'genAiContent', genAiContent, 'true or false');
  if (tracerProvider !== undefined && typeof tracerProvider?.getTracer !== 'function')
    refuseSetting(owner, 'tracerProvider', tracerProvider, 'a tracer provider, such as a WebTracerProvider');
  let warned = false; // of the first span that lost attributes; a run of many steps would tell it a hundred times
  return {
    tracerProvider,
    strict: compat === 'strict',
    genAiContent,
    masking: maskingOf(owner, options),
    ...redaction(redact),
    propagates: propagation(owner, propagateTo),
    onDropped(kept) {
      if (!warned)
        tell(
          'warn',
          `smolagents-web: the tracer provider keeps ${kept} attributes a span, so the oldest messages of a model call are missing. ` +
            'Give it `spanLimits: { attributeCountLimit: 10_000 }`, or use startTelemetry().',
        );
      warned = true;
    },
  };
}

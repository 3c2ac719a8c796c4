import { type Context, type TracerProvider, trace } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { type RunWork, type Scope, unwatched, type Watcher } from '../../agents/scope';
import type { Clock } from '../../web/clock';
import { lazyPart } from '../../web/lazy-part';
import { refuseSetting, refuseUnknownOptions } from '../../web/options';
import { MASKING_OPTIONS, type MaskingOptions, maskingWish } from '../masking/masking-options';
import { checkRedact, type RedactOption, redactor } from '../masking/redact';
import { REDACTED } from '../masking/redacted';
import { type PropagateTo, propagation } from '../propagation';
import { tell } from '../tell';
import { clockIn } from '../trace-clock';
import type { Drawing, OtelScope } from './otel-scope';
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

export const INSTRUMENT_OPTIONS: readonly string[] = [
  ...(['tracerProvider', 'compat', 'genAiContent', 'redact', 'propagateTo'] satisfies (keyof InstrumentOptions)[]),
  ...MASKING_OPTIONS,
];
const RUN_OPTIONS: readonly string[] = [...FACT_OPTIONS, 'context'];
const SCOPE_NAME = 'openinference.instrumentation.smolagents'; // of the Python instrumentor, so that views on it fit
const SCOPE_VERSION = '0.1.43';
const NOT_STARTED = 'smolagents-web: the trace of a run could not be started';

/** What draws, fetched when a watcher is made. */
type Part = Pick<Drawing, 'redact' | 'masking'> & { Scope: typeof OtelScope };

type Settings = Omit<Drawing, 'tracer' | 'clock' | 'facts' | 'redact' | 'masking'> & {
  tracerProvider: TracerProvider | undefined;
  load(): Promise<Part>;
  loading?: Promise<void>;
  part?: Part;
};

/**
 * A watcher that draws runs as spans, for `telemetry` of a run; `run(task, { telemetry: runWatcher({ tracerProvider }) })` needs
 * nothing global. Facts of the run go into the same options. Throws `AgentConfigurationError` for wrong ones.
 */
export function runWatcher(options: InstrumentOptions & RunFacts = {}): RunWatcher {
  const { context, sessionId, userId, metadata, tags, promptTemplate, attributes, ...rest } = options;
  const facts = { sessionId, userId, metadata, tags, promptTemplate, attributes, context };
  const given = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  const watcher = new RunWatcher(settingsOf(rest), {}).with(given);
  void watcher.ready();
  return watcher;
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

  /** Fetches what draws spans; runs wait for it. Never rejects: where it cannot be had they go on unwatched. */
  async ready(clock?: Clock): Promise<void> {
    const settings = this.#settings;
    settings.loading ??= lazyPart('drawing spans', settings.load).then(
      (part) => {
        settings.part = part;
      },
      (error) => tell('error', NOT_STARTED, error),
    );
    if (settings.part) return;
    const release = clock?.hold?.();
    await settings.loading;
    release?.();
  }

  watch(work: RunWork): Scope {
    const { context: given = ambientContext(), ...facts } = this.#facts;
    const parent = withFacts(given, facts);
    const { tracerProvider, part, ...settings } = this.#settings;
    if (!part || isTracingSuppressed(parent)) return unwatched;
    try {
      const { Scope: Drawn, redact, masking } = part;
      const tracer = (tracerProvider ?? trace.getTracerProvider()).getTracer(SCOPE_NAME, SCOPE_VERSION);
      const drawing = {
        ...settings,
        ...{ redact, masking },
        tracer,
        clock: clockIn(parent),
        facts: factAttributes(parent),
      };
      return new Drawn(work, parent, drawing, { isRoot: true });
    } catch (error) {
      tell('error', NOT_STARTED, error);
      return unwatched;
    }
  }
}

function settingsOf(options: InstrumentOptions): Settings {
  const owner = 'SmolagentsInstrumentor';
  refuseUnknownOptions(owner, options, INSTRUMENT_OPTIONS);
  const { tracerProvider, compat = 'improved', genAiContent = false, redact, propagateTo } = options;
  if (compat !== 'strict' && compat !== 'improved') refuseSetting(owner, 'compat', compat, '"strict" or "improved"');
  if (typeof genAiContent !== 'boolean') refuseSetting(owner, 'genAiContent', genAiContent, 'true or false');
  if (tracerProvider !== undefined && typeof tracerProvider?.getTracer !== 'function')
    refuseSetting(owner, 'tracerProvider', tracerProvider, 'a tracer provider, such as a WebTracerProvider');
  if (redact !== undefined) checkRedact(redact);
  const wish = maskingWish(owner, options);
  let warned = false; // of the first span that lost attributes; a run of many steps would tell it a hundred times
  return {
    tracerProvider,
    load: async () => {
      const redacting = redact && redactor(redact).catch(() => () => REDACTED); // one that could not be fetched tells nothing
      const [{ OtelScope }, { maskingOf }, loaded] = await Promise.all([
        import('./otel-scope'),
        import('../masking/masking'),
        redacting,
      ]);
      return { Scope: OtelScope, masking: maskingOf(wish), redact: loaded };
    },
    strict: compat === 'strict',
    genAiContent,
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

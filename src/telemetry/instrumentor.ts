import { watchRuns } from '../agents/scope';
import { AgentConfigurationError } from '../errors';
import { ensureContextManager } from './context-manager';
import { type InstrumentOptions, type RunFacts, type RunWatcher, runWatcher } from './spans/run-watcher';
import { tell } from './tell';

/** Shows all runs of all agents to a tracer provider, under the name that Python smolagents has for it. */
export class SmolagentsInstrumentor {
  #watcher: RunWatcher | undefined;
  #stop: (() => void) | undefined;

  /** From now on runs leave spans. Registers a context manager where the app has none. Throws `AgentConfigurationError` for wrong options. A second call only warns. */
  instrument(options: InstrumentOptions = {}): void {
    const watcher = runWatcher(options);
    if (this.#watcher) {
      tell('warn', 'smolagents-web: this instrumentor instruments already; call uninstrument() first');
      return;
    }
    void ensureContextManager(); // so that spans of the app's own find their parent
    this.#watcher = watcher;
    this.#stop = watchRuns(watcher);
  }

  /** Runs that begin from now on leave no spans; those under way go on. */
  uninstrument(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#watcher = undefined;
  }

  /** For `telemetry` of one run: the same spans, with facts of that run, such as its session. */
  forRun(facts: RunFacts): RunWatcher {
    if (this.#watcher) return this.#watcher.with(facts);
    throw new AgentConfigurationError('SmolagentsInstrumentor: call instrument() before forRun(), or use runWatcher()');
  }
}

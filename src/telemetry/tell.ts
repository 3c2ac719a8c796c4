import { diag } from '@opentelemetry/api';
import { isRecord } from '../web/record';

/** Where every copy of the API's line 1 keeps what an app has set: it has no call that says whether `diag` has a logger. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1');

/**
 * Tells OpenTelemetry's `diag` logger, and the console where the app has set none: a trace that does not arrive must not be a
 * riddle. A logger that throws reaches nobody: least of all a run.
 */
export function tell(level: 'warn' | 'error', message: string, ...details: unknown[]): void {
  try {
    diag[level](message, ...details);
    // biome-ignore lint/suspicious/noConsole: nobody else is there to be told
    if (!hasLogger()) console[level](message, ...details);
  } catch {
    // nobody is left to be told
  }
}

function hasLogger(): boolean {
  const registry: unknown = Reflect.get(globalThis, REGISTRY);
  return isRecord(registry) && registry.diag !== undefined;
}

import { diag } from '@opentelemetry/api';

/** Where every copy of the API's line 1 keeps what an app has set: it has no call that says whether `diag` has a logger. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1');

/**
 * Tells OpenTelemetry's `diag` logger, or the console where the app has set none: a trace that does not arrive must not be a
 * riddle. A logger that throws reaches nobody: least of all a run.
 */
export function tell(level: 'warn' | 'error', message: string, ...details: unknown[]): void {
  try {
    const logger = Reflect.get(globalThis, REGISTRY)?.diag ? diag : console;
    logger[level](message, ...details);
  } catch {
    // nobody is left to be told
  }
}

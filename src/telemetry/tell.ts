import { diag } from '@opentelemetry/api';

/** Tells OpenTelemetry's `diag` logger. One of the app's that throws reaches nobody: least of all a run. */
export function tell(level: 'warn' | 'error', message: string, ...details: unknown[]): void {
  try {
    diag[level](message, ...details);
  } catch {
    // nobody is left to be told
  }
}

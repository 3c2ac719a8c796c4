import { DiagLogLevel, diag } from '@opentelemetry/api';

/** What the `diag` logger is told as a warning or an error from now on. */
export function diagWarnings(): string[] {
  const told: string[] = [];
  const tell = (message: string) => void told.push(message);
  const nothing = () => {};
  const logger = { error: tell, warn: tell, info: nothing, debug: nothing, verbose: nothing };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  return told;
}

import { context } from '@opentelemetry/api';
import { ZoneContextManager } from '@opentelemetry/context-zone';

/**
 * The door `smolagents-web/zone`. Importing it loads zone.js, which patches promises, timers and events of the whole page: the
 * only import of this package that changes anything. What it gives is ambient context after an `await`, and only in a build for
 * ES2016 or older, where a bundler has turned `await` into promises; native `await` passes it by.
 */
export { ZoneContextManager };

/** Registers a zone-based context manager with OpenTelemetry. False where another is registered: call this before all else. */
export function registerZoneContext(): boolean {
  return context.setGlobalContextManager(new ZoneContextManager().enable());
}

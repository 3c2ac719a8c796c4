import { context } from '@opentelemetry/api';
import { runNesting } from './nesting';

/** For the helper of async functions in this build: keeps what is ambient now, and gives how to enter it. */
function keepContext(): (body: () => unknown) => unknown {
  const kept = context.active();
  return (body) => context.with(kept, body);
}

Object.assign(globalThis, { runNesting, keepContext });

import { succinctStep } from '../memory/succinct-step';
import type { AgentEvent } from './agent';

/** The event with its step or plan as `succinctStep` gives it. */
export function succinctEvent(event: AgentEvent): AgentEvent {
  if (event.type === 'step') return { ...event, step: succinctStep(event.step) };
  return event.type === 'plan' ? { ...event, plan: succinctStep(event.plan) } : event;
}

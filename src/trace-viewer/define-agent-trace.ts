import { AgentTrace } from './agent-trace';

/** Makes `<agent-trace>` known to the page, or the element by another name; a page may call it any number of times. */
export function defineAgentTrace(name = 'agent-trace'): void {
  if (!customElements.get(name))
    customElements.define(name, name === 'agent-trace' ? AgentTrace : class extends AgentTrace {});
}

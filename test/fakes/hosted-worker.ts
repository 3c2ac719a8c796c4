import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { type AgentWorker, agentWorker } from '../../src/worker/agent-worker';
import type { AgentWorkerOptions } from '../../src/worker/worker-options';

/** A worker with one agent that answers at once, its runs in memory. */
export function hostedWorker(options: Partial<AgentWorkerOptions<object>> = {}): AgentWorker<object> {
  return agentWorker({
    agents: { visitor: ({ model }) => new ToolCallingAgent({ model }) },
    model: () => scriptedModel({ ...finalAnswer('done'), usage: { inputTokens: 60, outputTokens: 40 } }),
    auth: 'none',
    ...options,
    runs: { binding: false, ...options.runs },
  });
}

/** Asks a worker as a client would. */
export function asks(worker: AgentWorker<object>, env: object = {}) {
  const ask = (path: string, init?: RequestInit) =>
    worker.fetch(new Request(`https://worker.example${path}`, init), env);
  const json = { 'content-type': 'application/json' };
  return {
    ask,
    start: (body: object, headers: Record<string, string> = {}) =>
      ask('/runs', { method: 'POST', body: JSON.stringify(body), headers: { ...json, ...headers } }),
  };
}

import { CodeAgent, type Model, ToolCallingAgent, tool } from 'smolagents-web';
import { call, code, finalAnswer, scriptedModel } from 'smolagents-web/testing';
import { agentWorker } from 'smolagents-web/worker';
import { again, taskModel } from '../../scripts/cases/worker-api/task-model';

interface Env {
  OTLP_URL: string;
  MODEL_KEY: string;
}

const half = tool({
  name: 'half',
  description: 'Half of a number.',
  inputs: { number: { type: 'number', description: 'Any.' } },
  execute: ({ number }: { number: number }) => number / 2,
});

/** Model calls begun since the last question. */
const calls = { begunMs: [] as number[], tokensPerCall: 10 };

const team = () =>
  scriptedModel(
    code("const found = await helper('Halve 84.'); console.log(found);"),
    call('half', { number: 84 }),
    finalAnswer(42),
    code('final_answer({ found: 42n, at: new Date(0) })'),
  );

const { fetch, AgentRunObject } = agentWorker<Env>({
  agents: {
    visitor: ({ model }) => new ToolCallingAgent({ model, tools: [again] }),
    team: () => {
      const model = team();
      const helper = new ToolCallingAgent({ model, tools: [half], name: 'helper', description: 'Halves.' });
      return new CodeAgent({ model, managedAgents: [helper] });
    },
    long: () => new ToolCallingAgent({ model: scriptedModel(finalAnswer('🦊é'.repeat(500_000))) }),
    broken: ({ env }) => {
      throw new Error(`no agent with ${env.MODEL_KEY}`);
    },
    leaky: ({ env }) => new ToolCallingAgent({ model: leakyModel(env.MODEL_KEY) }),
  },
  model: () => taskModel(calls),
  auth: {
    token: 'test-token',
    owner: ({ headers }) => headers.get('x-user') ?? undefined,
  },
  limits: { runsPerMinute: 1_000, runsAtOnce: 1_000 },
  runs: { graceMs: 300, heartbeatMs: 200 },
  traces: { url: ({ OTLP_URL }) => OTLP_URL },
});

function leakyModel(key: string): Model {
  return {
    modelId: 'leaky',
    // biome-ignore lint/correctness/useYield: it fails before there is anything to give
    async *generate() {
      throw new Error(`401 for "${key}"`);
    },
  };
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (new URL(request.url).pathname === '/calls') return Response.json(calls.begunMs.splice(0).length);
    return fetch(request, env);
  },
};
export { AgentRunObject };

import { HfApiModel, OpenAIModel } from 'smolagents-web';
import { agentWorker } from 'smolagents-web/worker';
import { makeManager } from './program';

/** What `wrangler secret put` and `[vars]` give; without a token nobody is let in. */
interface Env {
  AGENT_TOKEN?: string;
  HF_TOKEN?: string;
  MODEL_ENDPOINT?: string;
  MODEL_ID?: string;
  MODEL_KEY?: string;
  OTLP_URL?: string;
}

const { fetch, AgentRunObject } = agentWorker<Env>({
  agents: { manager: ({ model }) => makeManager(model) },
  model: ({ HF_TOKEN, MODEL_ENDPOINT, MODEL_ID = 'local', MODEL_KEY }) =>
    MODEL_ENDPOINT === undefined
      ? new HfApiModel({ ...(HF_TOKEN !== undefined && { token: HF_TOKEN }) })
      : new OpenAIModel({ modelId: MODEL_ID, apiBase: MODEL_ENDPOINT, ...(MODEL_KEY && { apiKey: MODEL_KEY }) }),
  auth: { token: (env) => env.AGENT_TOKEN },
  web: true,
  traces: { url: (env) => env.OTLP_URL, projectName: 'smolagents-web' },
});

export default { fetch };
export { AgentRunObject };

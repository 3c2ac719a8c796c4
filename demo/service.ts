import { HfApiModel, type Model, OpenAIModel, type WorkersAiBinding, WorkersAiModel } from 'smolagents-web';
import { readRunFile } from 'smolagents-web/testing';
import type { AgentWorkerOptions } from 'smolagents-web/worker';
import { makeManager } from './program';
import { recordedManager } from './recorded-manager';
import recording from './recordings/gdp.run.json';

/** What `wrangler secret put` and `[vars]` give, and `npm start` from the environment. */
export interface Env {
  /** Lets visitors of the deployed worker in; without it nobody is. */
  AGENT_TOKEN?: string;
  HF_TOKEN?: string;
  /** Base address of an OpenAI-compatible server, in place of Hugging Face. */
  MODEL_ENDPOINT?: string;
  /** Of the endpoint, of Hugging Face or of Workers AI. */
  MODEL_ID?: string;
  MODEL_KEY?: string;
  /** Workers AI: asked where there is neither an endpoint nor a token. */
  AI?: WorkersAiBinding;
  OTLP_URL?: string;
}

/** What the project's worker serves, wherever it runs: the example, and its recorded run, which needs no model. */
export const service: AgentWorkerOptions<Env> = {
  agents: {
    manager: ({ model }) => makeManager(model),
    recorded: () => recordedManager(readRunFile(recording)),
  },
  model: modelOf,
  web: true,
  traces: { url: (env) => env.OTLP_URL, projectName: 'smolagents-web' },
};

/** Undefined where the owner has set none. */
function modelOf({ HF_TOKEN, MODEL_ENDPOINT, MODEL_ID, MODEL_KEY, AI }: Env): Model | undefined {
  const named = MODEL_ID !== undefined && { modelId: MODEL_ID };
  if (MODEL_ENDPOINT !== undefined)
    return new OpenAIModel({
      modelId: 'local',
      ...named,
      apiBase: MODEL_ENDPOINT,
      ...(MODEL_KEY && { apiKey: MODEL_KEY }),
    });
  if (HF_TOKEN !== undefined) return new HfApiModel({ token: HF_TOKEN, ...named });
  return AI && new WorkersAiModel({ binding: AI, ...named });
}

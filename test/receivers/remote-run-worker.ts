import { CodeAgent, ToolCallingAgent, tool } from 'smolagents-web';
import { call, code, finalAnswer, scriptedModel } from 'smolagents-web/testing';
import { agentWorker } from 'smolagents-web/worker';

interface Env {
  OTLP_URL: string;
  /** Where the page's files are: it is served from here, so that all has one address. */
  FILES: string;
}

const growthRate = tool({
  name: 'growth_rate',
  description: 'Growth of the US economy in a year, in percent.',
  inputs: { year: { type: 'integer', description: 'The year.' } },
  execute: () => 2.8,
});

const worker = agentWorker<Env>({
  agents: {
    team: () => {
      const model = scriptedModel(call('growth_rate', { year: 2024 }), finalAnswer('2.8 percent'));
      const looker = new ToolCallingAgent({ model, tools: [growthRate], name: 'looker', description: 'Looks up.' });
      const manager = scriptedModel(code("final_answer(await looker('How fast?'))"));
      return new CodeAgent({ model: manager, managedAgents: [looker] });
    },
  },
  model: scriptedModel(),
  auth: { origins: [] },
  traces: { url: (env) => env.OTLP_URL, projectName: 'page and worker' },
});

export default {
  fetch(request: Request, env: Env, context: Parameters<typeof worker.fetch>[2]): Promise<Response> {
    const { pathname } = new URL(request.url);
    const isOfPage = pathname === '/' || /\.(js|wasm)$/.test(pathname);
    return isOfPage ? fetch(env.FILES + pathname) : worker.fetch(request, env, context);
  },
};
export const { AgentRunObject } = worker;

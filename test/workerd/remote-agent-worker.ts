import { RemoteAgent, ToolCallingAgent } from 'smolagents-web';
import { call, finalAnswer, scriptedModel } from 'smolagents-web/testing';
import { agentWorker } from 'smolagents-web/worker';

/** Where the worker of the remote agent is. */
interface Env {
  FAR: string;
}

const { fetch, AgentRunObject } = agentWorker<Env>({
  agents: {
    manager: ({ env }) => {
      const far = new RemoteAgent({ url: env.FAR, name: 'far', description: 'Answers from elsewhere.' });
      const model = scriptedModel(call('far', { task: 'Halve 84.' }), finalAnswer('the far one was asked'));
      return new ToolCallingAgent({ model, managedAgents: [far] });
    },
  },
  model: scriptedModel(finalAnswer('unasked')),
  auth: 'none',
});

/** The worker, and `GET /alone?path=`: what a remote agent at that path of the other worker answers. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== '/alone') return fetch(request, env);
    const agent = new RemoteAgent({ url: `${env.FAR}${searchParams.get('path')}` });
    const answer = await agent.run('Halve 84.').catch((error: unknown) => error);
    return new Response(String(answer));
  },
};
export { AgentRunObject };

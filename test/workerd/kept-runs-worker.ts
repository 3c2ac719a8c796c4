import { CodeAgent, type Model, ToolCallingAgent, tool } from 'smolagents-web';
import { call, code, finalAnswer, scriptedModel } from 'smolagents-web/testing';
import { agentWorker } from 'smolagents-web/worker';
import { payEuros } from '../fakes/small-tools';

/** Says what comes next by what it was told: each life of a run has a model of its own. */
function byMessages(next: (told: string) => Parameters<typeof scriptedModel>[0]): Model {
  return {
    modelId: 'by-messages',
    generate: (request) => scriptedModel(next(JSON.stringify(request.messages))).generate(request),
  };
}

const payer = byMessages((told) => (told.includes('paid 12') ? finalAnswer('done') : call('pay', { euros: 12 }, 'p1')));
const counter = byMessages((told) => {
  if (told.includes('And now?')) return code('final_answer(n + 1)');
  return told.includes('counted') ? code('final_answer(n * 2)') : code('let n = 20; console.log("counted")');
});

/** Its text is of that many characters. */
const large = tool({
  name: 'large',
  description: 'A large text.',
  inputs: { characters: { type: 'number', description: 'How many.' } },
  execute: ({ characters }: { characters: number }) => 'x'.repeat(characters),
});
const reader = byMessages((told) =>
  told.length > 600_000 ? finalAnswer('read') : call('large', { characters: 650_000 }),
);

/** Runs and traces that are removed soon, but for those of a worker that keeps them: one binding for each. */
const settings = {
  agents: {
    payer: () => new ToolCallingAgent({ model: payer, tools: [payEuros] }),
    reader: () => new ToolCallingAgent({ model: reader, tools: [large] }),
    counter: () => new CodeAgent({ model: counter }),
  },
  model: payer,
  auth: 'none',
  limits: { runsPerMinute: 1_000, runsAtOnce: 1_000, webRequestsPerMinute: 1_000 },
  web: true,
} as const;
const keeping = agentWorker(settings);
const forgetting = agentWorker({ ...settings, runs: { binding: 'FORGOTTEN_RUNS', keepMs: 2_000 } });

export const AgentRunObject = keeping.AgentRunObject;
export const ForgottenRunObject = forgetting.AgentRunObject;

export default {
  fetch(request: Request, env: Readonly<Record<string, unknown>>): Promise<Response> {
    return (request.headers.has('x-forget') ? forgetting : keeping).fetch(request, env);
  },
};

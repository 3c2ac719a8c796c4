import { type Model, ToolCallingAgent, tool } from 'smolagents-web';
import { agentWorker } from 'smolagents-web/worker';

const POLL_MS = 1_000;
const STEPS = 3;
const half = tool({
  name: 'half',
  description: 'Half of a number.',
  inputs: { number: { type: 'number', description: 'Any.' } },
  execute: ({ number }: { number: number }) => number / 2,
});
/** Until `/open` is asked for, no model answers: so all runs are under way at once. */
let isOpen = false;
let asked = 0;

/** Calls a tool in two steps, and answers in the third. */
const model: Model = {
  modelId: 'scripted',
  async *generate({ messages, clock, signal }) {
    const step = messages.filter(({ role }) => role === 'tool-response').length + 1;
    if (step === 1) asked += 1;
    while (!isOpen) await clock.sleep(POLL_MS, signal);
    const call =
      step < STEPS
        ? { name: 'half', arguments: { number: step } }
        : { name: 'final_answer', arguments: { answer: 'done' } };
    const usage = { inputTokens: 100, outputTokens: 10 };
    yield { type: 'reply', reply: { content: null, toolCalls: [{ id: `c${step}`, ...call }], usage } };
  },
};

const worker = agentWorker({
  agents: { halver: ({ model: metered }) => new ToolCallingAgent({ model: metered, tools: [half] }) },
  model,
  auth: { owner: ({ headers }) => headers.get('x-visitor') ?? 'nobody' }, // each visitor has limits of his own
  limits: { tokensPerDay: 1_000_000_000 },
  traces: false,
});

/** The worker, and two routes for the test: `/asked` tells how many runs have asked their model, `/open` lets it answer. */
export default {
  async fetch(request: Request, env: Readonly<Record<string, unknown>>): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/open') isOpen = true;
    return pathname === '/open' || pathname === '/asked' ? Response.json(asked) : worker.fetch(request, env);
  },
};
export const { AgentRunObject } = worker;

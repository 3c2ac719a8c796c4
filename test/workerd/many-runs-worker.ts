import { CodeAgent, ToolCallingAgent } from 'smolagents-web';
import { code, scriptedModel } from 'smolagents-web/testing';
import { agentWorker } from 'smolagents-web/worker';
import { again, taskModel } from '../../scripts/cases/worker-api/task-model';

const worker = agentWorker({
  agents: {
    calling: ({ model }) => new ToolCallingAgent({ model, tools: [again] }),
    coding: () => new CodeAgent({ model: scriptedModel(code('const x = 20; x + 1'), code('final_answer(x * 2 + 2)')) }),
  },
  model: () => taskModel({ begunMs: [], tokensPerCall: 10 }),
  auth: 'none',
  limits: { runsPerMinute: 100_000, runsAtOnce: 100_000, tokensPerDay: 1_000_000_000 },
  traces: false,
});
export default { fetch: worker.fetch };
export const { AgentRunObject } = worker;

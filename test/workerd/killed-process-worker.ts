import { tool } from 'smolagents-web';
import { finalAnswer } from 'smolagents-web/testing';
import { agentWorker } from 'smolagents-web/worker';
import { callingTeam, codingTeam, modelOf } from '../fakes/killable-teams';

interface Env {
  /** Where deeds are done: outside of this process, which is killed. */
  DEEDS: string;
}

const toolsOf = ({ DEEDS }: Env) =>
  ['send', 'read'].map((name) =>
    tool({
      name,
      description: `Does ${name}.`,
      inputs: { n: { type: 'integer', description: 'Which.' } },
      idempotent: name === 'read',
      execute: async ({ n }, { callId }) => (await fetch(`${DEEDS}/${name} ${n} ${callId}`)).text(),
    }),
  );

const worker = agentWorker<Env>({
  agents: { calling: ({ env }) => callingTeam(toolsOf(env)), coding: ({ env }) => codingTeam(toolsOf(env)) },
  model: modelOf('nobody', [], finalAnswer('')),
  auth: 'none',
  limits: { runsPerMinute: 10_000, runsAtOnce: 10_000 },
  runs: { heartbeatMs: 200 },
  traces: false,
});

export default { fetch: worker.fetch };
export const { AgentRunObject } = worker;

import type { RunOptions, RunResult } from '../../src/agents/agent';
import type { AgentMaker } from '../../src/agents/agent-class';
import type { AgentError } from '../../src/errors';
import type { TokenUsage } from '../../src/models/model';
import { collectEvents, type ScriptEntry } from '../../src/testing';
import { tool } from '../../src/tools/tool';

const usage = { inputTokens: 60, outputTokens: 40 };
/** The entry with usage: 100 tokens where nothing else is said. */
export const priced = (entry: ScriptEntry, of: TokenUsage = usage): ScriptEntry => ({ ...entry, usage: of });

/** A tool that counts its runs, and gives another result each time. */
export function counting() {
  let runs = 0;
  const count = tool({
    name: 'count',
    description: 'Counts.',
    inputs: {},
    execute: () => {
      runs += 1;
      return `count ${runs}`;
    },
  });
  return { count, runs: () => runs };
}
/** A tool that waits on the run's clock. */
export const wait = tool({
  name: 'wait',
  description: 'Waits.',
  inputs: { ms: { type: 'number', description: 'How long.' } },
  execute: ({ ms }: { ms: number }, { clock, signal }) => clock.sleep(ms, signal).then(() => 'waited'),
});

/** How a run ended, whether it failed or not. */
export async function ended(agent: InstanceType<AgentMaker<never>>, options: RunOptions) {
  const { events, result, error } = await collectEvents(agent.stream('Go.', options));
  const carried = result ?? ((error as AgentError).result as RunResult);
  return { events, error, result: carried };
}

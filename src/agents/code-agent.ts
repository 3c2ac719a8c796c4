import { type Agent, type AgentMaker, agentClass } from './agent-class';
import type { CodeAgentOptions } from './settings';

/** An agent that writes JavaScript, run in a sandbox; its tools and managed agents are functions there. */
export const CodeAgent: AgentMaker<CodeAgentOptions> = agentClass<CodeAgentOptions>(
  'CodeAgent',
  async () => (await import('./code/code-actor')).codeActor,
);
export type CodeAgent = Agent<CodeAgentOptions>;

import { type Agent, type AgentMaker, agentClass } from './agent-class';
import type { ToolCallingAgentOptions } from './settings';

/** An agent that acts by tool calls, native ones or written as text. */
export const ToolCallingAgent: AgentMaker<ToolCallingAgentOptions> = agentClass<ToolCallingAgentOptions>(
  'ToolCallingAgent',
  async () => (await import('./tool-calling-actor')).toolCallingActor,
);
export type ToolCallingAgent = Agent<ToolCallingAgentOptions>;

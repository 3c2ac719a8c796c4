import { type Agent, type AgentMaker, agentClass } from './agent-class';
import type { ToolCallingAgentOptions } from './settings';
import { toolCallingActor } from './tool-calling-actor';

/** An agent that acts by tool calls, native ones or written as text. */
export const ToolCallingAgent: AgentMaker<ToolCallingAgentOptions> = agentClass<ToolCallingAgentOptions>(
  'ToolCallingAgent',
  toolCallingActor,
);
export type ToolCallingAgent = Agent<ToolCallingAgentOptions>;

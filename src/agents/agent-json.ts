import { AgentConfigurationError } from '../errors';
import { readValue } from '../memory/schema';
import { anything, count, flag, list, object, oneOf, record, type Shape, text, variant } from '../memory/shape';
import type { Model } from '../models/model';
import { type AnyTool, checkTool } from '../tools/tool';
import { refuseSetting } from '../web/options';
import { isRecord } from '../web/record';
import type { Delegate } from './calls/delegate';
import { CodeAgent } from './code-agent';
import { type Manageable, ManagedAgent, type ManagedIdentity } from './managed-agent';
import type { RemoteAgentOptions } from './remote/remote-options';
import { RemoteAgent } from './remote-agent';
import type { CodeAgentOptions } from './settings';
import { ToolCallingAgent } from './tool-calling-agent';

/** Where a saved agent's tools, models and tokens come from: the reader's own code, never the file. */
export interface AgentRegistry {
  tools: readonly AnyTool[];
  /** Gives the model for what `model.toJSON` wrote (`modelId` at least). */
  model(saved: Readonly<Record<string, unknown>>): Model;
  /** Gives token and headers for a saved `RemoteAgent`, which has none. They are sent to its `url`: whoever wrote the file chose it. */
  remote?(saved: Readonly<Record<string, unknown>>): Pick<RemoteAgentOptions, 'token' | 'headers'>;
}

/** Makes the agent that `agent.toJSON()` described. Throws an `AgentConfigurationError` that names what does not fit. */
export function agentFromJSON(json: unknown, registry: AgentRegistry): CodeAgent | ToolCallingAgent {
  if (!isRecord(registry) || !isRegistry(registry))
    refuseSetting(
      'agentFromJSON',
      'the registry',
      registry,
      '{ tools: a list of tools, model: a function, remote?: a function }',
    );
  for (const [index, tool] of registry.tools.entries())
    checkTool(tool, `agentFromJSON: the registry's tools[${index}]`);
  agentShape(json, 'agent');
  return makeAgent(json as SavedAgent, registry);
}

interface SavedAgent extends Omit<CodeAgentOptions, 'model' | 'tools' | 'managedAgents' | 'state'> {
  kind: string;
  class: 'CodeAgent' | 'ToolCallingAgent';
  model: Record<string, unknown>;
  tools: string[];
  managedAgents: (SavedMember | (ManagedIdentity & { class: 'ManagedAgent'; agent: SavedMember }))[];
  state: unknown;
}

type SavedRemote = { class: 'RemoteAgent' } & Omit<RemoteAgentOptions, 'token' | 'headers'>;
type SavedMember = SavedAgent | SavedRemote;

/** What a model's own `toJSON` writes beside its id, only the registry knows. */
const modelShape: Shape = (value, place) => {
  record(anything)(value, place);
  text(Object(value).modelId, `${place}.modelId`);
};
const shared: Record<string, Shape> = {
  kind: oneOf('agent/1'),
  class: text,
  model: modelShape,
  tools: list(text),
  managedAgents: list((value, place) => memberShape(value, place)),
  maxSteps: count,
  provideRunSummary: flag,
  streamOutputs: flag,
  returnFullResult: flag,
  repeatLimit: count,
  state: record(anything),
};
const budget = object({}, { tokens: count, steps: count, toolCalls: count, durationMs: count });
const named: Record<string, Shape> = {
  ...{ name: text, description: text, instructions: text },
  ...{ planningInterval: count, budget },
};
const agents: Record<string, Shape> = {
  ToolCallingAgent: object({ ...shared, maxParallelTools: count }, named),
  CodeAgent: object(
    {
      ...shared,
      stepTimeoutMs: count,
      maxPrintOutputsLength: count,
      modules: record(text),
      useStructuredOutputsInternally: flag,
      codeBlockTags: list(text),
    },
    named,
  ),
};
const agentShape = variant('class', agents);
const remotes: Record<string, Shape> = {
  RemoteAgent: object(
    { class: text, url: text },
    {
      ...{
        agent: text,
        name: text,
        description: text,
        background: flag,
        requestTimeoutMs: count,
        idleTimeoutMs: count,
      },
      ...{ maxRetries: count, retryBaseMs: count, retryCapMs: count, maxRetryAfterMs: count },
    },
  ),
};
const memberShape = variant('class', {
  ...agents,
  ...remotes,
  ManagedAgent: object(
    { class: text, name: text, description: text, agent: variant('class', { ...agents, ...remotes }) },
    { provideRunSummary: flag },
  ),
});

function makeAgent(
  { kind: _, class: agentClass, model, tools, managedAgents, state, ...rest }: SavedAgent,
  registry: AgentRegistry,
): CodeAgent | ToolCallingAgent {
  const values = readValue(state, 'agent.state');
  const options = {
    ...rest,
    model: registry.model(model),
    tools: tools
      .filter((name) => name !== 'final_answer' || registry.tools.some((tool) => tool.name === name))
      .map((name) => findTool(name, registry)),
    managedAgents: managedAgents.map((member) => makeMember(member, registry)),
    state: isRecord(values) ? values : {},
  };
  return agentClass === 'CodeAgent' ? new CodeAgent(options) : new ToolCallingAgent(options);
}

function makeMember(member: SavedAgent['managedAgents'][number], registry: AgentRegistry): Delegate {
  if (member.class !== 'ManagedAgent') return makeOne(member, registry);
  const { agent, class: _, ...identity } = member;
  return new ManagedAgent({ ...identity, agent: makeOne(agent, registry) });
}

function makeOne(saved: SavedMember, registry: AgentRegistry): Delegate & Manageable {
  if (saved.class !== 'RemoteAgent') return makeAgent(saved, registry);
  const { class: _, ...options } = saved;
  return new RemoteAgent({ ...options, ...registry.remote?.({ ...saved }) });
}

function isRegistry({ tools, model, remote }: Partial<AgentRegistry> = {}): boolean {
  return Array.isArray(tools) && typeof model === 'function' && ['function', 'undefined'].includes(typeof remote);
}

function findTool(name: string, { tools }: AgentRegistry): AnyTool {
  const found = tools.find((tool) => tool.name === name);
  if (found) return found;
  throw new AgentConfigurationError(
    `The saved agent uses the tool "${name}", which the registry lacks; it has ${tools.map((tool) => tool.name).join(', ') || 'none'}`,
  );
}

import { CodeAgent, type Memory, ToolCallingAgent } from 'smolagents-web';
import { type ScriptEntry, type ScriptedModel, scriptedModel } from 'smolagents-web/testing';
import { deepEquals } from '../json';
import { CaseError } from '../player';
import type { AgentCase, CheckCase, OptionsCase, ScriptCase } from './case';
import { type ToolRun, toTool } from './tools';

/** An agent of a case with what can be seen of it, and the agents it manages. */
export interface Member {
  agent: ToolCallingAgent | CodeAgent;
  agentClass: AgentCase['agent'];
  model: ScriptedModel;
  /** Memory of each run of this agent by the run's id, in the order they began. */
  memories: Map<string, Memory>;
  managed: Map<string, Member>;
}

/** Makes the agent and, below it, its managed agents, each with a scripted model of its own. */
export function team(agentCase: AgentCase, onToolRun: (run: ToolRun) => void): Member {
  const managed = new Map<string, Member>();
  for (const below of agentCase.managed_agents ?? []) {
    if (below.name === undefined) throw new CaseError('a managed agent needs a name');
    if (managed.has(below.name)) throw new CaseError(`two managed agents are called ${below.name}`);
    managed.set(below.name, team({ description: `The agent ${below.name}.`, ...below }, onToolRun));
  }
  const memories = new Map<string, Memory>();
  const model = scriptedModel(...(agentCase.script ?? []).map(toEntry));
  const { name, description, tools = [], options = {}, stream_outputs: streamOutputs } = agentCase;
  const settings = {
    model,
    tools: tools.map((tool) => toTool(tool, onToolRun)),
    managedAgents: [...managed.values()].map((member) => member.agent),
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(streamOutputs !== undefined && { streamOutputs }),
    stepCallbacks: [
      (_step: unknown, { memory, runId }: { memory: Memory; runId: string }) => void memories.set(runId, memory),
    ],
    ...toOptions(options),
  };
  const agent = agentCase.agent === 'code' ? new CodeAgent(settings) : new ToolCallingAgent(settings);
  return { agent, agentClass: agentCase.agent, model, memories, managed };
}

/** Options under the names of the public API; a key that is absent stays absent, so that the SDK's default holds. */
function toOptions(options: OptionsCase) {
  return {
    ...(options.max_steps !== undefined && { maxSteps: options.max_steps }),
    ...(options.planning_interval !== undefined && { planningInterval: options.planning_interval }),
    ...(options.provide_run_summary !== undefined && { provideRunSummary: options.provide_run_summary }),
    ...(options.final_answer_checks && { finalAnswerChecks: options.final_answer_checks.map(toCheck) }),
    ...(options.initial_state && { state: options.initial_state }),
    ...(options.max_print_outputs_length !== undefined && { maxPrintOutputsLength: options.max_print_outputs_length }),
    ...(options.structured_outputs !== undefined && { useStructuredOutputsInternally: options.structured_outputs }),
    ...(options.timeout_seconds !== undefined && { stepTimeoutMs: options.timeout_seconds * 1000 }),
  };
}

/** A function of the check's name: agents tell the model that name. Throws a `CaseError` where kind and value do not fit. */
function toCheck({ name, kind, value }: CheckCase): (answer: unknown) => boolean {
  if (kind === 'equals' && value === undefined) throw new CaseError(`check ${name}: equals needs a value`);
  if (kind === 'is_number' && value !== undefined)
    throw new CaseError(`check ${name}: a value has no meaning for is_number`);
  const check = (answer: unknown) => {
    if (kind === 'throws') throw new Error(value === undefined ? '' : String(value));
    return kind === 'equals' ? deepEquals(answer, value) : typeof answer === 'number';
  };
  return Object.defineProperty(check, 'name', { value: name });
}

function toEntry({ text, tool_calls: toolCalls, deltas, usage, fail }: ScriptCase): ScriptEntry {
  return {
    ...(text !== undefined && { content: text }),
    ...(toolCalls && {
      toolCalls: toolCalls.map(({ id, name, arguments: args = {} }) => ({
        name,
        arguments: args,
        ...(id !== undefined && { id }),
      })),
    }),
    ...(deltas && { deltas: deltas.map(toDelta) }),
    ...(usage && { usage: toUsage(usage) }),
    ...(fail !== undefined && { failure: new Error(fail) }),
  };
}

function toDelta({ content, tool_calls: toolCalls, usage }: NonNullable<ScriptCase['deltas']>[number]) {
  return {
    ...(content != null && { content }),
    ...(toolCalls && { toolCalls }),
    ...(usage && { usage: toUsage(usage) }),
  };
}

function toUsage([inputTokens, outputTokens, ...rest]: readonly number[]) {
  if (inputTokens === undefined || outputTokens === undefined || rest.length > 0)
    throw new CaseError('usage must be [input, output]');
  return { inputTokens, outputTokens };
}

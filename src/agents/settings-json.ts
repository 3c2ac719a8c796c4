import { AgentConfigurationError } from '../errors';
import { toJson } from '../executors/codec';
import type { Delegate } from './calls/delegate';
import type { Budget } from './runs/budget';
import type { AgentSettings } from './settings';

/**
 * Settings as JSON: `{ kind: 'agent/1', class, ... }`. Tools are named, not described, and come from the reader's own
 * registry. Prompts, checks, callbacks and executors are functions and are left out.
 */
export function settingsToJson(settings: AgentSettings): Record<string, unknown> {
  const { agentClass, model, tools, managedAgents, modules } = settings;
  return {
    kind: 'agent/1',
    class: agentClass,
    model: { modelId: model.modelId, ...model.toJSON?.() },
    tools: tools.map(({ name }) => name),
    managedAgents: managedAgents.map(memberToJson),
    ...present('name', settings.name),
    ...present('description', settings.description),
    ...present('instructions', settings.instructions),
    ...present('planningInterval', settings.planningInterval),
    maxSteps: settings.maxSteps,
    provideRunSummary: settings.provideRunSummary,
    streamOutputs: settings.streamOutputs,
    returnFullResult: settings.returnFullResult,
    repeatLimit: settings.repeatLimit,
    ...present('budget', budgetToJson(settings.budget)),
    state: toJson(settings.state),
    ...(agentClass === 'ToolCallingAgent'
      ? { maxParallelTools: settings.maxParallelTools }
      : {
          stepTimeoutMs: settings.stepTimeoutMs,
          maxPrintOutputsLength: settings.maxPrintOutputsLength,
          modules,
          useStructuredOutputsInternally: settings.useStructuredOutputsInternally,
          codeBlockTags: settings.codeBlockTags,
        }),
  };
}

/** Without price, which is a function, and the cost that only it can count. */
function budgetToJson(budget: Budget | undefined): Budget | undefined {
  if (!budget) return undefined;
  const { price: _, cost: __, ...limits } = budget;
  return limits;
}

function memberToJson(member: Delegate): unknown {
  if ('toJSON' in member && typeof member.toJSON === 'function') return member.toJSON();
  throw new AgentConfigurationError(`The managed agent "${member.name}" cannot be saved: it has no toJSON`);
}

function present(key: string, value: unknown): Record<string, unknown> {
  return value === undefined ? {} : { [key]: value };
}

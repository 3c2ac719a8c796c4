import type { RunTokens, RunWork } from '../agents/scope';
import type { Entry } from './attribute-writer';
import { jsonText, plainText } from './json-text';
import { genAiUsage, tokenCounts } from './model-attributes';

/** How a run is told. */
export interface RunTelling {
  strict: boolean;
  /** No managed agent. */
  isRoot: boolean;
}

/** What is known of a run before it begins. */
export function* runStart(work: RunWork, { strict, isRoot }: RunTelling): Generator<Entry> {
  const { agentClass, agentName, agentDescription, maxSteps, toolNames, managedAgents, task } = work;
  if (strict || !isRoot) yield ['input.value', jsonText(runArguments(work))];
  else {
    yield ['input.value', task];
    yield ['input.mime_type', 'text/plain'];
    const { task: _task, additional_args: _args, ...others } = runArguments(work);
    yield ['smolagents.run_arguments', jsonText(others)];
  }
  yield ['smolagents.task', strict ? work.previousTask : task]; // smolagents reads it before it is set
  const { additionalArgs } = work.options;
  if (additionalArgs && Object.keys(additionalArgs).length)
    yield ['smolagents.additional_args', jsonText(additionalArgs)];
  yield ['smolagents.max_steps', maxSteps];
  yield ['smolagents.tools_names', [...toolNames]];
  for (const [index, { name, description }] of managedAgents.entries()) {
    yield [`smolagents.managed_agents.${index}.name`, name];
    yield [`smolagents.managed_agents.${index}.description`, description];
  }
  if (strict) return;
  yield ['agent.name', agentName ?? agentClass];
  yield ['gen_ai.operation.name', 'invoke_agent'];
  yield ['gen_ai.agent.name', agentName ?? agentClass];
  yield ['gen_ai.agent.description', agentDescription];
  yield ['smolagents.run_id', work.runId];
  yield ['smolagents.earlier_run_id', work.earlierRunId];
}

/** The arguments of smolagents' `run`, under its names. */
function runArguments({ task, options }: RunWork): Record<string, unknown> {
  const { stream, reset, images, additionalArgs, maxSteps, returnFullResult } = options;
  return {
    task,
    stream,
    reset,
    images: images ? Array.from({ length: images }, () => '<image>') : null,
    additional_args: additionalArgs ?? null,
    max_steps: maxSteps ?? null,
    return_full_result: returnFullResult ?? null,
  };
}

/** What a run came to. */
export function* runOutput(output: unknown, { strict, isRoot }: RunTelling): Generator<Entry> {
  yield ['output.value', plainText(output)];
  if (!strict && isRoot) yield ['output.mime_type', typeof output === 'string' ? 'text/plain' : 'application/json'];
}

/** What a run cost. smolagents counts action steps alone; plans and managed agents have keys of their own. */
export function* runTokens({ steps, plans, managed }: RunTokens, { strict }: RunTelling): Generator<Entry> {
  yield* tokenCounts('llm.token_count', steps);
  if (strict) return;
  if (plans.inputTokens + plans.outputTokens) yield* tokenCounts('smolagents.token_count.planning', plans);
  if (managed.inputTokens + managed.outputTokens) yield* tokenCounts('smolagents.token_count.managed_agents', managed);
  yield* genAiUsage(steps, plans, managed);
}

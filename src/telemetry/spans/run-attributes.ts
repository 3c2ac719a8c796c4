import type { RunTokens, RunWork } from '../../agents/scope';
import type { Put } from './attribute-writer';
import { jsonText, plainText } from './json-text';
import { genAiUsage, tokenCounts } from './model-attributes';

/** How a run is told. */
export interface RunTelling {
  strict: boolean;
  /** No managed agent. */
  isRoot: boolean;
}

/** What is known of a run before it begins. */
export function runStart(put: Put, work: RunWork, { strict, isRoot }: RunTelling): void {
  const { agentClass, agentName, agentDescription, maxSteps, toolNames, task } = work;
  if (strict || !isRoot) put('input.value', jsonText(runArguments(work)));
  else {
    put('input.value', task);
    put('input.mime_type', 'text/plain');
    const { task: _task, additional_args: _args, ...others } = runArguments(work);
    put('smolagents.run_arguments', jsonText(others));
  }
  put('smolagents.task', strict ? work.previousTask : task); // smolagents reads it before it is set
  const { additionalArgs } = work.options;
  if (additionalArgs && Object.keys(additionalArgs).length) put('smolagents.additional_args', jsonText(additionalArgs));
  put('smolagents.max_steps', maxSteps);
  put('smolagents.tools_names', [...toolNames]);
  if (strict) return;
  put('agent.name', agentName ?? agentClass);
  put('gen_ai.operation.name', 'invoke_agent');
  put('gen_ai.agent.name', agentName ?? agentClass);
  put('gen_ai.agent.description', agentDescription);
  put('smolagents.run_id', work.runId);
  put('smolagents.earlier_run_id', work.earlierRunId);
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
export function runOutput(put: Put, output: unknown, { strict, isRoot }: RunTelling): void {
  put('output.value', plainText(output));
  if (!strict && isRoot) put('output.mime_type', typeof output === 'string' ? 'text/plain' : 'application/json');
}

/** Whom a run could ask; the last that is told, since there may be many. */
export function runTeam(put: Put, { managedAgents }: RunWork): void {
  for (const [index, { name, description }] of managedAgents.entries()) {
    put(`smolagents.managed_agents.${index}.name`, name);
    put(`smolagents.managed_agents.${index}.description`, description);
  }
}

/** What a run cost. smolagents counts action steps alone; plans and managed agents have keys of their own. */
export function runTokens(put: Put, { steps, plans, managed }: RunTokens, { strict }: RunTelling): void {
  tokenCounts(put, 'llm.token_count', steps);
  if (strict) return;
  if (plans.inputTokens + plans.outputTokens) tokenCounts(put, 'smolagents.token_count.planning', plans);
  if (managed.inputTokens + managed.outputTokens) tokenCounts(put, 'smolagents.token_count.managed_agents', managed);
  genAiUsage(put, steps, plans, managed);
}

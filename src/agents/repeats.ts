import { AgentError } from '../errors';
import type { ActionStep } from '../memory/step';
import type { AnyTool } from '../tools/tool';

/** Notices when a run does the same thing with the same outcome again: the dearest failure of small models. */
export class Repeats {
  readonly #limit: number;
  readonly #exempt: ReadonlySet<string>;
  readonly #seen = new Map<string, { outcome: string; count: number; step: number }>();

  constructor(limit: number, tools: readonly AnyTool[]) {
    this.#limit = limit;
    this.#exempt = new Set(['final_answer', ...tools.filter((tool) => tool.repeatable).map((tool) => tool.name)]);
  }

  /** Counts what the step did and tells the model of repetitions; gives the error that ends the run at the limit. */
  check(step: ActionStep): AgentError | undefined {
    const notes: string[] = [];
    let error: AgentError | undefined;
    for (const { name, key, outcome } of deedsOf(step)) {
      if (this.#exempt.has(name)) continue;
      const before = this.#seen.get(key);
      const again = before?.outcome === outcome;
      const now = again ? { ...before, count: before.count + 1 } : { outcome, count: 1, step: step.number };
      this.#seen.set(key, now);
      if (now.count >= this.#limit && now.count > 1) error ??= this.#ended(name, now.count);
      else if (again)
        notes.push(
          `Note: ${doing(name)} gave exactly this in step ${before.step} already. Repeating it leads nowhere: do something else.`,
        );
    }
    if (notes.length) step.observations = [step.observations, ...notes].filter((line) => line !== undefined).join('\n');
    return error;
  }

  #ended(name: string, count: number): AgentError {
    return new AgentError(
      `${doing(name)} gave the same result ${count} times, the limit of repeats: the run was ended`,
      { kind: 'repeat_limit' },
    );
  }
}

function doing(name: string): string {
  return name === 'javascript_interpreter' ? 'this code' : `this call of ${name}`;
}

function deedsOf({
  code,
  toolCalls,
  toolResults,
  observations,
  error,
}: ActionStep): { name: string; key: string; outcome: string }[] {
  if (code !== undefined)
    return [{ name: 'javascript_interpreter', key: code, outcome: `${observations}\n${error?.message}` }];
  return (toolResults ?? []).flatMap((result) => {
    const call = toolCalls.find(({ id }) => id === result.id);
    return call
      ? [{ name: call.name, key: `${call.name} ${JSON.stringify(call.arguments)}`, outcome: result.text }]
      : [];
  });
}

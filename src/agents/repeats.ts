import { AgentError } from '../errors';
import type { ActionStep } from '../memory/step';
import { DELEGATE_INPUTS } from './delegate';
import { type Callable, neededInputs, takesUrl } from './look-up';
import type { AgentSettings } from './settings';

const FINAL_ANSWER = 'final_answer';
/** Of an address that a note names: notes are the SDK's words, and a stranger wrote the address. */
const MAX_ADDRESS_CHARACTERS = 200;
const LEAST_TELLING = 60; // characters of an outcome that two different calls do not give by chance

/** Notices when a run does the same thing with the same outcome again: the dearest failure of small models. */
export class Repeats {
  readonly #limit: number;
  readonly #callables: readonly Callable[];
  readonly #exempt: ReadonlySet<string>;
  readonly #seen = new Map<string, { outcome: string; count: number; step: number }>();
  /** Steps by what they gave. */
  readonly #outcomes = new Map<string, number>();
  #called = '';
  /** The reply without code or call that came last, and how often in a row. */
  #unusable: { text: string; count: number; step: number } | undefined;

  constructor({ repeatLimit, tools, managedAgents }: Pick<AgentSettings, 'repeatLimit' | 'tools' | 'managedAgents'>) {
    this.#limit = repeatLimit;
    const team = managedAgents.map(({ name = '' }) => ({ name, inputs: DELEGATE_INPUTS }));
    this.#callables = [...tools, ...team].filter(({ name }) => name !== FINAL_ANSWER);
    this.#exempt = new Set([FINAL_ANSWER, ...tools.filter((tool) => tool.repeatable).map((tool) => tool.name)]);
  }

  /** Counts what the step did and tells the model of repetitions; gives the error that ends the run at the limit. */
  check(step: ActionStep): AgentError | undefined {
    if (isUnusable(step)) return this.#checkUnusable(step);
    this.#unusable = undefined;
    const notes: string[] = [];
    let error: AgentError | undefined;
    const deeds = deedsOf(step);
    for (const { name, key, outcome } of deeds) {
      this.#called += ` ${key}`;
      if (this.#exempt.has(name)) continue;
      const before = this.#seen.get(key);
      const again = before?.outcome === outcome;
      const now = again ? { ...before, count: before.count + 1 } : { outcome, count: 1, step: step.number };
      this.#seen.set(key, now);
      const first = again ? before.step : this.#outcomes.get(outcome);
      if (now.count >= this.#limit && now.count > 1) error ??= this.#ended(doing(name), now.count);
      else if (first !== undefined) notes.push(this.#note(again ? doing(name) : 'what you did', first, outcome));
      if (again && deeds.length === 1) step.repeats = before.step;
      if (outcome.length >= LEAST_TELLING && first === undefined) this.#outcomes.set(outcome, step.number);
    }
    if (notes.length) step.notes = [...(step.notes ?? []), ...notes];
    return error;
  }

  /** The step keeps its error, which shows the form that a reply must have. */
  #checkUnusable(step: ActionStep): AgentError | undefined {
    const text = step.text.trim();
    const before = this.#unusable?.text === text ? this.#unusable : { text, count: 0, step: step.number };
    const count = before.count + 1;
    this.#unusable = { ...before, count };
    if (count === 1) return undefined;
    if (count >= this.#limit) return this.#ended('this reply', count);
    step.notes = [`this reply was given in step ${before.step} already. Write it in the form shown above.`];
    return undefined;
  }

  /** Names what was not tried, as a call where it can: small models told only to do something else do the same. */
  #note(what: string, step: number, outcome: string): string {
    const untried = this.#callables.filter(({ name }) => !this.#called.includes(name));
    const calls = untried.map((callable) => suggestion(callable, outcome));
    const advice = calls.length
      ? `what is missing may come from ${calls.join(' or ')}`
      : 'do something else, or give the answer';
    return `${what} gave exactly this in step ${step} already. Doing it again gives nothing new: ${advice}.`;
  }

  #ended(what: string, count: number): AgentError {
    return new AgentError(`${what} gave the same result ${count} times, the limit of repeats: the run was ended`, {
      kind: 'repeat_limit',
    });
  }
}

/** A call to try; one that reads a page is given the first address of what was found. */
function suggestion(callable: Callable, outcome: string): string {
  const found = takesUrl(callable) ? /https?:\/\/[^\s)\]"'<>]+/.exec(outcome)?.[0] : undefined;
  const address = found && found.length <= MAX_ADDRESS_CHARACTERS ? JSON.stringify(found) : '...';
  const args = neededInputs(callable).map((input) => `${input}: ${address}`);
  return args.length ? `${callable.name}({ ${args.join(', ')} })` : `${callable.name}()`;
}

function isUnusable({ code, toolCalls, error }: ActionStep): boolean {
  return code === undefined && toolCalls.length === 0 && error?.code === 'parsing';
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
  const deeds = new Map<string, { name: string; key: string; outcome: string }>(); // alike calls of one step count once
  for (const result of toolResults ?? []) {
    const call = toolCalls.find(({ id }) => id === result.id);
    const key = `${call?.name} ${JSON.stringify(call?.arguments)}`;
    if (call) deeds.set(key, { name: call.name, key, outcome: result.text });
  }
  return [...deeds.values()];
}

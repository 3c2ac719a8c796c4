import { AgentError } from '../errors';
import { encode } from '../executors/codec';
import type { ActionStep } from '../memory/step';
import type { AgentEvent } from './agent';
import { DELEGATE_INPUTS } from './delegate';
import { type Callable, neededInputs, takesUrl } from './look-up';
import type { AgentSettings } from './settings';

const FINAL_ANSWER = 'final_answer';
/** Of an address that a note names: notes are the SDK's words, and a stranger wrote the address. */
const MAX_ADDRESS_CHARACTERS = 200;
const LEAST_TELLING = 60; // characters of an outcome that two different calls do not give by chance

/** Something that a step did, and what came of it. */
interface Deed {
  name: string;
  key: string;
  outcome: string;
}

interface Seen {
  outcome: string;
  count: number;
  step: number;
}

/** Notices when a run does the same thing with the same outcome again: the dearest failure of small models. */
export class Repeats {
  readonly #limit: number;
  readonly #callables: readonly Callable[];
  readonly #exempt: ReadonlySet<string>;
  readonly #seen = new Map<string, Seen>();
  /** What the code of the step under way called. */
  readonly #callsOfCode = new Map<string, Deed>();
  /** Steps by what they gave. */
  readonly #outcomes = new Map<string, number>();
  #called = '';
  /** The reply without code or call that came last, and the step in which it came first. */
  #unusable: { text: string; step: number } | undefined;

  constructor({ repeatLimit, tools, managedAgents }: Pick<AgentSettings, 'repeatLimit' | 'tools' | 'managedAgents'>) {
    this.#limit = repeatLimit;
    const team = managedAgents.map(({ name = '' }) => ({ name, inputs: DELEGATE_INPUTS }));
    this.#callables = [...tools, ...team].filter(({ name }) => name !== FINAL_ANSWER);
    this.#exempt = new Set([FINAL_ANSWER, ...tools.filter((tool) => tool.repeatable).map((tool) => tool.name)]);
  }

  /** Passes the events of a step on and keeps the calls that its code made: those of this run, not of agents below it. */
  async *listen(events: AsyncIterable<AgentEvent>, runId: string): AsyncGenerator<AgentEvent, void> {
    this.#callsOfCode.clear();
    for await (const event of events) {
      if (event.type === 'tool-result' && event.runId === runId) {
        const { call, result } = event;
        const key = `${call.name} ${encode(call.arguments)}`;
        this.#callsOfCode.set(key, { name: call.name, key, outcome: result.text }); // in a loop of one step the last one counts
      }
      yield event;
    }
  }

  /** Counts what the step did and tells the model of repetitions; gives the error that ends the run at the limit. */
  check(step: ActionStep): AgentError | undefined {
    if (isUnusable(step)) {
      this.#noteUnusable(step);
      return undefined;
    }
    this.#unusable = undefined;
    const notes: string[] = [];
    let error: AgentError | undefined;
    const deeds = deedsOf(step);
    const polls =
      step.code !== undefined && [...this.#callsOfCode.values()].some((call) => this.#exempt.has(call.name));
    for (const deed of deeds) {
      const { name, key, outcome } = deed;
      this.#called += ` ${key}`;
      if (polls || this.#exempt.has(name)) continue;
      const now = this.#count(deed, step.number);
      const first = now.count > 1 ? now.step : this.#outcomes.get(outcome);
      if (this.#isOver(now)) error ??= this.#ended(doing(name), now.count);
      else if (first !== undefined)
        notes.push(this.#note(now.count > 1 ? doing(name) : 'what you did', first, outcome));
      if (now.count > 1 && deeds.length === 1) step.repeats = now.step;
      if (outcome.length >= LEAST_TELLING && first === undefined) this.#outcomes.set(outcome, step.number);
    }
    if (step.code !== undefined) error ??= this.#checkCallsOfCode(step.number, notes);
    if (notes.length) step.notes = [...(step.notes ?? []), ...notes];
    return error;
  }

  /** The same call is the same in any code. Its note is left out where the code as a whole got one. */
  #checkCallsOfCode(number: number, notes: string[]): AgentError | undefined {
    const told = notes.length > 0;
    let error: AgentError | undefined;
    for (const deed of this.#callsOfCode.values()) {
      if (this.#exempt.has(deed.name)) continue;
      const now = this.#count(deed, number);
      if (this.#isOver(now)) error ??= this.#ended(doing(deed.name), now.count);
      else if (now.count > 1 && !told) notes.push(this.#note(doing(deed.name), now.step, deed.outcome));
    }
    return error;
  }

  /** How often the deed came to the same in a row, this time included, and the step in which it did so first. */
  #count({ key, outcome }: Deed, number: number): Seen {
    const before = this.#seen.get(key);
    const now =
      before?.outcome === outcome ? { ...before, count: before.count + 1 } : { outcome, count: 1, step: number };
    this.#seen.set(key, now);
    return now;
  }

  #isOver({ count }: Seen): boolean {
    return count > 1 && count >= this.#limit;
  }

  /** The step keeps its error, which shows the form that a reply must have; such a reply costs a step, and ends nothing. */
  #noteUnusable(step: ActionStep): void {
    const text = step.text.trim();
    const first = this.#unusable?.text === text ? this.#unusable.step : step.number;
    this.#unusable = { text, step: first };
    if (first === step.number || text === '') return;
    step.notes = [`this reply was given in step ${first} already. Write it in the form shown above.`];
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

function deedsOf({ code, toolCalls, toolResults, observations, error }: ActionStep): Deed[] {
  if (code !== undefined)
    return [{ name: 'javascript_interpreter', key: code, outcome: `${observations}\n${error?.message}` }];
  const deeds = new Map<string, Deed>(); // alike calls of one step count once
  for (const result of toolResults ?? []) {
    const call = toolCalls.find(({ id }) => id === result.id);
    const key = `${call?.name} ${JSON.stringify(call?.arguments)}`;
    if (call) deeds.set(key, { name: call.name, key, outcome: result.text });
  }
  return [...deeds.values()];
}

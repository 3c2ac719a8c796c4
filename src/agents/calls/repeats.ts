import type { AgentError } from '../../errors';
import type { ActionStep } from '../../memory/step';
import type { AgentSettings } from '../settings';
import { type CallTally, repeatError, type Seen } from './call-tally';
import { DELEGATE_INPUTS } from './delegate-inputs';
import { type Askable, neededInputs, takesUrl } from './look-up';

const FINAL_ANSWER = 'final_answer';
/** Of an address that a note names: notes are the SDK's words, and a stranger wrote the address. */
const MAX_ADDRESS_CHARACTERS = 200;
const NOTHING_NEW = 'Doing it again gives nothing new';
const CODE = 'this code';
const LEAST_TELLING = 60; // characters of an outcome that two different calls do not give by chance

/** Something that a step did, and what came of it. */
interface Deed {
  name: string;
  /** What the model reads of its outcome. */
  told: string;
  seen: Seen;
}

/** Notices when a run does the same thing with the same outcome again: the dearest failure of small models. */
export class Repeats {
  readonly #limit: number;
  readonly #callables: readonly Askable[];
  readonly #calls: CallTally;
  /** Code by its text. */
  readonly #codes = new Map<string, Seen>();
  /** Steps by what they gave. */
  readonly #outcomes = new Map<string, number>();
  #called = '';
  /** The reply without code or call that came last, and the step in which it came first. */
  #unusable: { text: string; step: number } | undefined;

  constructor(
    { repeatLimit, tools, managedAgents }: Pick<AgentSettings, 'repeatLimit' | 'tools' | 'managedAgents'>,
    calls: CallTally,
  ) {
    this.#limit = repeatLimit;
    const team = managedAgents.map(({ name = '' }) => ({ name, inputs: DELEGATE_INPUTS }));
    this.#callables = [...tools, ...team].filter(({ name }) => name !== FINAL_ANSWER);
    this.#calls = calls;
  }

  /** The error of a run whose code must not run once more: only where the limit is one run. */
  refuse({ code = '' }: ActionStep): AgentError | undefined {
    const count = this.#codes.get(code)?.count ?? 0;
    return count >= this.#limit ? repeatError(CODE, count) : undefined;
  }

  /** Counts what the step did and tells the model of repetitions; gives the error that ends the run at the limit. */
  check(step: ActionStep): AgentError | undefined {
    if (isUnusable(step)) {
      this.#noteUnusable(step);
      return undefined;
    }
    this.#unusable = undefined;
    const { number } = step;
    const calls = this.#calls.callsOf(number);
    const deeds = calls.map(({ name, seen }) => ({ name: `this call of ${name}`, told: seen.outcome, seen }));
    this.#called += ` ${step.code ?? ''} ${calls.map(({ key }) => key).join(' ')}`;
    const honest = deeds.filter((_, index) => !this.#calls.isExempt(calls[index]?.name ?? ''));
    if (step.code === undefined) return this.#judge(step, honest, deeds.length === 1);
    const code = honest.length === calls.length ? this.#countCode(step, step.code) : undefined; // else it polls
    const error = code && this.#judge(step, [code], true);
    const told = code !== undefined && (step.notes ?? []).some((note) => note.includes(NOTHING_NEW));
    return error ?? this.#judgeCallsOfCode(step, honest, told);
  }

  /** Notes what was done before, and gives the error that ends the run. */
  #judge(step: ActionStep, deeds: readonly Deed[], alone: boolean): AgentError | undefined {
    const notes: string[] = [];
    let error = this.#calls.exceeded;
    for (const { name, told, seen } of deeds) {
      const first = seen.count > 1 ? seen.step : this.#outcomes.get(told);
      if (this.#isOver(seen, step)) error ??= repeatError(name, seen.count);
      else if (first !== undefined) notes.push(this.#note(seen.count > 1 ? name : 'what you did', first, told));
      if (seen.step < step.number && alone) step.repeats = seen.step;
      if (told.length >= LEAST_TELLING && first === undefined) this.#outcomes.set(told, step.number);
    }
    if (notes.length) step.notes = [...(step.notes ?? []), ...notes];
    return error;
  }

  /** The same call is the same in any code. Its note is left out where the code as a whole got one. */
  #judgeCallsOfCode(step: ActionStep, deeds: readonly Deed[], told: boolean): AgentError | undefined {
    const again = deeds.filter(({ seen }) => seen.count > 1);
    const over = again.find(({ seen }) => this.#isOver(seen, step));
    const notes = told ? [] : again.filter((deed) => deed !== over);
    if (notes.length) {
      const words = notes.map(({ name, seen, told: outcome }) => this.#note(name, seen.step, outcome));
      step.notes = [...(step.notes ?? []), ...words];
    }
    return this.#calls.exceeded ?? (over && repeatError(over.name, over.seen.count));
  }

  /** What code asked and was given is part of its outcome: a job that gets on is another outcome, printed or not. */
  #countCode({ number, observations, error }: ActionStep, code: string): Deed {
    const told = `${observations}\n${error?.message}`;
    const outcome = `${told}\n${this.#calls.resultsOf(number)}`;
    const before = this.#codes.get(code);
    const seen =
      before?.outcome === outcome ? { ...before, count: before.count + 1 } : { outcome, count: 1, step: number };
    this.#codes.set(code, seen);
    return { name: CODE, told, seen };
  }

  /** Reached after a step in which the model could have read that it repeats itself. */
  #isOver({ count, step }: Seen, { number }: ActionStep): boolean {
    return count >= this.#limit && step < number;
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
    return `${what} gave exactly this in step ${step} already. ${NOTHING_NEW}: ${advice}.`;
  }
}

/** A call to try; one that reads a page is given the first address of what was found. */
function suggestion(callable: Askable, outcome: string): string {
  const found = takesUrl(callable) ? /https?:\/\/[^\s)\]"'<>]+/.exec(outcome)?.[0] : undefined;
  const address = found && found.length <= MAX_ADDRESS_CHARACTERS ? JSON.stringify(found) : '...';
  const args = neededInputs(callable).map((input) => `${input}: ${address}`);
  return args.length ? `${callable.name}({ ${args.join(', ')} })` : `${callable.name}()`;
}

function isUnusable({ code, toolCalls, error }: ActionStep): boolean {
  return code === undefined && toolCalls.length === 0 && error?.code === 'parsing';
}

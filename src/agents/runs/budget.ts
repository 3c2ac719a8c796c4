import { AgentConfigurationError } from '../../errors';
import { thrownWords } from '../../executors/thrown';
import type { TokenUsage } from '../../models/model';
import type { Clock } from '../../web/clock';
import { MAX_TIMER_MS, refuseSetting, refuseUnknownOptions, requireWholeNumber, showSetting } from '../../web/options';

/**
 * What a run may spend together with all agents below it, at any depth. A limit that is left out is none. It is looked at before
 * each model call, step and tool call; the run then ends in state `budget`, and what is under way is aborted.
 */
export interface Budget {
  /** Input and output tokens of all replies. They are known with a reply: the one that reaches the limit is the last. */
  tokens?: number;
  /** Steps of all agents; plans and the last word are none. */
  steps?: number;
  /** Tools and managed agents called, by code as well; `final_answer` is none. */
  toolCalls?: number;
  /** Milliseconds on the run's clock, after which the run ends wherever it is. */
  durationMs?: number;
  /** Sum of `price` over all replies; needs it. */
  cost?: number;
  /** What a reply cost, in any one currency. Not asked about replies without usage, which count as nothing. */
  price?: (usage: TokenUsage, modelId: string) => number;
}

/** The part of a budget that was reached. */
export type BudgetLimit = 'tokens' | 'steps' | 'toolCalls' | 'durationMs' | 'cost';

/** Counts what model calls cost beyond one run, such as over a day. */
export interface TokenMeter {
  /** Why no model may be asked any more; the run then ends in state `budget`. Undefined while one may. */
  refusal(): string | undefined;
  /** Counts one call: as its model says, or estimated where it says nothing or the call was cut short. */
  count(tokens: number): void;
}

/** What a run spent, agents below it included. */
export interface Spent {
  tokens: number;
  steps: number;
  toolCalls: number;
  durationMs: number;
  /** There when the budget has a price. */
  cost?: number;
}

/** What the run that a call was spent, with those below it, beside the tokens that its replies tell of. */
export type ManagedSpent = Pick<Spent, 'steps' | 'toolCalls'> & {
  estimatedTokens?: number;
  /** What its replies tell, where they do. */
  models?: readonly ModelUsage[];
};

/** What the replies of one model cost together. */
export interface ModelUsage {
  modelId: string;
  usage: TokenUsage;
}

/** Why a signal was aborted: the budget of its run, or of one above, is spent. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
  readonly limit: BudgetLimit;

  constructor(limit: BudgetLimit, spent: number, allowed: number) {
    super(`The budget of the run is spent: ${limit} ${spent} of ${allowed}.`);
    this.limit = limit;
  }
}

/** Why a signal was aborted: what a reply cost cannot be counted, so that no budget would hold. */
export class UncountedCost extends Error {
  override readonly name = 'UncountedCost';
}

export interface SpendingOptions {
  budget: Budget | undefined;
  /** Of the run that this one works for. */
  above: Spending | undefined;
  clock: Clock;
  startMs: number;
  /** Absent where nobody counts, or the run above does. */
  meter?: TokenMeter | undefined;
  /** What the run worked before it was resumed. */
  earlierMs: number;
  /** Ends the run. */
  abort(reason: BudgetSpent | UncountedCost): void;
}

/** What a run has spent so far. Whoever is about to spend asks first; a run whose budget does not allow it is aborted then. */
export class Spending {
  readonly #options: SpendingOptions;
  readonly #spent = { tokens: 0, steps: 0, toolCalls: 0, cost: 0 };
  readonly #estimated = { own: 0, all: 0 };
  /** Made only where time is watched: it and its reason would be among the dearest things of a short run. */
  #over: AbortController | undefined;

  constructor(options: SpendingOptions) {
    this.#options = options;
  }

  /** For one call: what is spent by it counts here as well. */
  below(): Spending {
    return new Spending({ ...this.#options, budget: undefined, above: this });
  }

  /** How long the run has worked; the clock is read where no time is given: recordings hold each reading. */
  elapsedMs(nowMs = this.#options.clock.now()): number {
    const { startMs, earlierMs } = this.#options;
    return earlierMs + Math.max(0, nowMs - startMs); // a clock may be set back
  }

  /** What no usage tells, agents below included. */
  begun(): ManagedSpent {
    const { steps, toolCalls } = this.#spent;
    const { all } = this.#estimated;
    return { steps, toolCalls, ...(all > 0 && { estimatedTokens: all }) };
  }

  /** Of the run's own model calls, for its log; nothing where there are none. */
  ownEstimate(): { estimatedTokens?: number } {
    const { own } = this.#estimated;
    return own > 0 ? { estimatedTokens: own } : {};
  }

  /** Begins to watch the time, until `stop`. */
  start(): void {
    const { budget, clock, earlierMs } = this.#options;
    const durationMs = budget?.durationMs;
    if (durationMs === undefined) return;
    this.#over = new AbortController();
    clock.sleep(Math.max(0, durationMs - earlierMs), this.#over.signal).then(
      () => this.#end('durationMs', durationMs, durationMs),
      () => {}, // the run was over before
    );
  }

  stop(): void {
    this.#over?.abort();
  }

  /** What counts the model calls of this run and of those below it. */
  get meter(): TokenMeter | undefined {
    const { meter, above } = this.#options;
    return meter ?? above?.meter;
  }

  /** Counts a call whose model did not say what it cost. */
  estimated(tokens: number): void {
    this.#estimated.own += tokens;
    this.estimatedBelow(tokens);
  }

  /** The same of a run below. */
  estimatedBelow(tokens: number): void {
    this.#estimated.all += tokens;
    this.#spent.tokens += tokens;
    this.#options.above?.estimatedBelow(tokens);
  }

  /** To be called before a model call, by whoever makes it: the time is that of its clock. */
  check(clock = this.#options.clock): void {
    const { budget, above } = this.#options;
    above?.check(clock);
    for (const limit of ['tokens', 'cost'] as const) {
      const allowed = budget?.[limit];
      if (allowed !== undefined && this.#spent[limit] >= allowed) this.#end(limit, this.#spent[limit], allowed);
    }
    const durationMs = budget?.durationMs; // an alarm may be late: on a busy thread, or where a page sleeps
    if (durationMs === undefined) return;
    const elapsedMs = this.elapsedMs(clock.now());
    if (elapsedMs >= durationMs) this.#end('durationMs', elapsedMs, durationMs);
  }

  /** To be called before a step, and before a tool or managed agent is called. */
  begin(what: 'steps' | 'toolCalls'): void {
    if (this.#allows(what)) this.count(what, 1);
  }

  /** Counts a reply of this run or of one below. Ends the run, and throws, where the price is no number. */
  add(usage: TokenUsage, modelId: string): void {
    const tokens = usage.inputTokens + usage.outputTokens;
    if (tokens > 0) this.#spent.tokens += tokens; // a model of the app's own may say anything
    const price = this.#options.budget?.price;
    if (!price) return;
    try {
      this.#spent.cost += costOf(price, usage, modelId);
    } catch (error) {
      if (error instanceof UncountedCost) this.#options.abort(error);
      throw error;
    }
  }

  spent(nowMs: number): Spent {
    const { tokens, steps, toolCalls, cost } = this.#spent;
    const durationMs = this.elapsedMs(nowMs);
    return { tokens, steps, toolCalls, durationMs, ...(this.#options.budget?.price && { cost }) };
  }

  #allows(what: 'steps' | 'toolCalls'): boolean {
    const { budget, above } = this.#options;
    if (above && !above.#allows(what)) return false;
    const allowed = budget?.[what];
    if (allowed === undefined || this.#spent[what] < allowed) return true;
    this.#end(what, this.#spent[what], allowed);
    return false;
  }

  /** Counts what was begun, in this run or one below; more than is allowed is noticed by who begins the next one. */
  count(what: 'steps' | 'toolCalls', number: number): void {
    this.#options.above?.count(what, number);
    this.#spent[what] += number;
  }

  #end(limit: BudgetLimit, spent: number, allowed: number): void {
    this.#options.abort(new BudgetSpent(limit, spent, allowed));
  }
}

function costOf(price: NonNullable<Budget['price']>, usage: TokenUsage, modelId: string): number {
  let cost: unknown;
  try {
    cost = price({ ...usage }, modelId);
  } catch (cause) {
    throw new UncountedCost(`The price function of the budget threw: ${thrownWords(cause).message}`, { cause });
  }
  if (typeof cost === 'number' && Number.isFinite(cost) && cost >= 0) return cost;
  throw new UncountedCost(
    `The price function of the budget gave ${showSetting(cost)} for a reply of ${modelId}, must be a number from 0 on`,
  );
}

/** What can be saved of a budget. */
export type SavedBudget = Omit<Budget, 'price'>;

export function withoutPrice({ price: _, ...limits }: Budget): SavedBudget {
  return limits;
}

/**
 * The budget of a run that goes on from one with a budget of its own. Throws an `AgentConfigurationError` for one with a cost
 * where there is no price to count it with.
 */
export function savedBudget(
  owner: string,
  saved: SavedBudget | undefined,
  own: Budget | undefined,
): Budget | undefined {
  if (!saved) return own;
  if (saved.cost !== undefined && !own?.price)
    throw new AgentConfigurationError(
      `${owner}: the saved run has \`budget.cost\` ${saved.cost}, and its price, a function, cannot be saved: give \`budget\` with cost and price`,
    );
  return checkedBudget(owner, own?.price ? { ...saved, price: own.price } : saved);
}

const LIMITS: readonly BudgetLimit[] = ['tokens', 'steps', 'toolCalls', 'durationMs', 'cost'];

/** A copy of a budget that fits. Throws an `AgentConfigurationError` that names the part, its value and what is allowed. */
export function checkedBudget(owner: string, budget: Budget | undefined): Budget | undefined {
  if (budget === undefined) return undefined;
  refuseUnknownOptions(`${owner}: \`budget\``, budget, [...LIMITS, 'price']);
  const { tokens, steps, toolCalls, durationMs, cost, price } = budget;
  const whole = (option: BudgetLimit, value: number | undefined, least: number, most?: number) => {
    if (value !== undefined) requireWholeNumber(owner, `\`budget.${option}\``, value, least, most);
  };
  whole('tokens', tokens, 1);
  whole('steps', steps, 1);
  whole('toolCalls', toolCalls, 0);
  whole('durationMs', durationMs, 1, MAX_TIMER_MS);
  if (cost !== undefined && !(typeof cost === 'number' && Number.isFinite(cost) && cost > 0))
    refuseSetting(owner, '`budget.cost`', cost, 'a number above 0');
  if (price !== undefined && typeof price !== 'function')
    refuseSetting(owner, '`budget.price`', price, 'a function of usage and model id that gives a number');
  if (cost !== undefined && price === undefined)
    throw new AgentConfigurationError(
      `${owner}: \`budget.cost\` is ${cost}, but there is no \`budget.price\` to count it with; give both`,
    );
  return { ...budget };
}

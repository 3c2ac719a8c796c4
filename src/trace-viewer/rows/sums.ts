import type { TokenUsage } from '../../models/model';
import type { Prices, Sums } from '../trace';

/** Nothing, to be added to. */
export function noSums(): Sums {
  return { inputTokens: 0, outputTokens: 0, modelCalls: 0, toolCalls: 0, errors: 0 };
}

export function addSums(to: Sums, more: Sums): void {
  to.inputTokens += more.inputTokens;
  to.outputTokens += more.outputTokens;
  to.modelCalls += more.modelCalls;
  to.toolCalls += more.toolCalls;
  to.errors += more.errors;
  if (more.uncountedCalls) to.uncountedCalls = (to.uncountedCalls ?? 0) + more.uncountedCalls;
  if (more.cost !== undefined) to.cost = (to.cost ?? 0) + more.cost;
}

/** What a model's tokens cost in US dollars; nothing where the table has no price for it. */
export function costOf(prices: Prices, model: string, { inputTokens, outputTokens }: Sums): number | undefined {
  const price = Object.hasOwn(prices, model) ? prices[model] : undefined;
  return price && (inputTokens * price.input + outputTokens * price.output) / 1e6;
}

/** What a reply adds, which may tell no usage. */
export function sumsOf(usage: TokenUsage | undefined, prices: Prices = {}, modelId = ''): Sums {
  if (!usage) return { ...noSums(), uncountedCalls: 1 };
  const { inputTokens, outputTokens } = usage;
  const sums = { ...noSums(), inputTokens, outputTokens };
  const cost = costOf(prices, modelId, sums);
  return cost === undefined ? sums : { ...sums, cost };
}

import type { TokenUsage } from '../models/model';
import type { MemoryStep } from './step';

/** No tokens. */
export const NO_TOKENS: TokenUsage = { inputTokens: 0, outputTokens: 0 };

/** The sum of two usages; the optional parts are there when either has them. */
export function addUsage(a: TokenUsage, b: TokenUsage | undefined): TokenUsage {
  if (!b) return a;
  const sum: TokenUsage = { inputTokens: a.inputTokens + b.inputTokens, outputTokens: a.outputTokens + b.outputTokens };
  const cached = sumOf(a.cachedTokens, b.cachedTokens);
  const reasoning = sumOf(a.reasoningTokens, b.reasoningTokens);
  if (cached !== undefined) sum.cachedTokens = cached;
  if (reasoning !== undefined) sum.reasoningTokens = reasoning;
  return sum;
}

/** What steps cost: action steps with the last word, plans, managed agents, and whether every reply said. */
export function totalUsage(steps: readonly MemoryStep[]): {
  steps: TokenUsage;
  plans: TokenUsage;
  managed: TokenUsage;
  complete: boolean;
} {
  let actions = NO_TOKENS;
  let plans = NO_TOKENS;
  let managed = NO_TOKENS;
  let complete = true;
  for (const step of steps) {
    if (step.type === 'task') continue;
    if (!step.usage) complete = false;
    if (step.type === 'planning') plans = addUsage(plans, step.usage);
    else actions = addUsage(actions, step.usage);
    if (step.type === 'action') managed = addUsage(managed, step.managedUsage);
  }
  return { steps: actions, plans, managed, complete };
}

function sumOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
}

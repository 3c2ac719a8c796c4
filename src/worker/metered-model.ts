import { AgentError } from '../errors';
import type { Model, TokenUsage } from '../models/model';
import { spendToday } from './limits';
import type { ObjectHome } from './objects';

/** What is counted beyond one run. */
export interface Meter {
  /** Why no model may be asked any more; undefined while one may. */
  refusal(): string | undefined;
  /** Counts one reply. */
  spend(usage: TokenUsage): void;
}

/** A model that asks the meter before each call; where it refuses, the run ends in state `budget`. */
export function meteredModel(model: Model, meter: Meter): Model {
  return {
    modelId: model.modelId,
    ...(model.spanName !== undefined && { spanName: model.spanName }),
    async *generate(request) {
      const refusal = meter.refusal();
      if (refusal !== undefined) throw new AgentError(refusal, { kind: 'budget' });
      for await (const part of model.generate(request)) {
        if (part.type === 'reply' && part.reply.usage) meter.spend(part.reply.usage);
        yield part;
      }
    },
    ...(model.toJSON && { toJSON: () => model.toJSON?.() ?? {} }),
  };
}

/** Counts for the day; the run's own limits are its budget. */
export function dayMeter({ objects, waitUntil }: ObjectHome, tokensPerDay: number): Meter {
  let spentToday = 0;
  return {
    refusal: () => (spentToday >= tokensPerDay ? 'The tokens of this day are used up' : undefined),
    spend: ({ inputTokens, outputTokens }) => {
      const tokens = inputTokens + outputTokens;
      if (!(tokens > 0)) return; // a model of the app's own may say anything
      const counting = spendToday(objects, tokens).then((sum) => {
        spentToday = sum;
      });
      waitUntil(counting.catch(() => undefined)); // a run is not failed by its bookkeeping
    },
  };
}

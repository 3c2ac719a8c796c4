import { AgentError } from '../errors';
import type { Model, TokenUsage } from '../models/model';

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

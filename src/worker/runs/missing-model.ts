import { AgentGenerationError } from '../../errors';
import type { Model } from '../../models/model';

/** Stands where the worker has no model: agents that ask none work all the same, the others fail at their first question. */
export function missingModel(): Model {
  return {
    modelId: 'none',
    generate: () => {
      throw new AgentGenerationError('This worker has no model: its `model` option gave none', { kind: 'auth' });
    },
  };
}

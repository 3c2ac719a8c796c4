import { CaseError, type Player } from '../player';
import type { ModelFaultCase, ModelName } from './case';
import { judge } from './judge';
import { MODEL_FAULTS_KEYS } from './keys';
import { play } from './play';

export const MODELS: readonly ModelName[] = ['OpenAIModel', 'HfApiModel'];

/** Plays model-faults/1: what becomes of a run when its model's endpoint misbehaves. */
export const modelFaultsPlayer: Player = {
  kind: 'model-faults/1',
  keys: MODEL_FAULTS_KEYS,
  async play(item, { watchRejections }) {
    if (!isModelFaultCase(item)) throw new CaseError('a case needs an id, an agent and an expectation');
    checkScript(item);
    const failures: string[] = [];
    for (const name of item.models ?? MODELS)
      failures.push(...judge(item.expect, await play(item, name, watchRejections)).map((one) => `${name}: ${one}`));
    return failures;
  },
};

/** The keys were checked against `MODEL_FAULTS_KEYS` before, types included; what is left to see are those that must be there. */
export function isModelFaultCase(
  item: Readonly<Record<string, unknown>>,
): item is Readonly<Record<string, unknown>> & ModelFaultCase {
  return typeof item.id === 'string' && typeof item.agent === 'string' && typeof item.expect === 'object';
}

/** An entry is one of the three kinds, and a body is said in one way. */
function checkScript({ script = [], models }: ModelFaultCase): void {
  if (models?.length === 0) throw new CaseError('models is empty: nothing would be played');
  for (const [index, { http, sse, network }] of script.entries()) {
    if ([http, sse, network].filter((kind) => kind !== undefined).length !== 1)
      throw new CaseError(`script[${index}] must have one of http, sse and network`);
    const bodies = [http?.json, http?.text, http?.bodyGen].filter((body) => body !== undefined);
    if (bodies.length > 1) throw new CaseError(`script[${index}].http has more than one body`);
    if (sse?.chunks && sse.bytesBase64) throw new CaseError(`script[${index}].sse has chunks and bytesBase64`);
  }
}

import type { Model } from '../../models/model';
import { isRecord } from '../../web/record';

/**
 * Parameters of a request whose values may be texts or objects. Others are told when they are numbers or booleans: none of
 * those is a key, and everything else might be.
 */
const TELLABLE = new Set([
  ...['stop', 'tool_choice', 'response_format', 'reasoning_effort', 'reasoning', 'verbosity', 'service_tier'],
  ...['modalities', 'logit_bias', 'stream_options', 'thinking', 'truncation', 'prediction', 'seed'],
]);
const NEVER = /key|token$|authori[sz]ation|password|secret|credential|header/i;

/** What a model says of itself in `toJSON`: the address it calls and the parameters that may be told. */
export function modelFacts(model: Model): { address: unknown; parameters: Record<string, unknown> } {
  const settings = model.toJSON?.() ?? {};
  const address = settings.apiBase ?? settings.endpointUrl;
  const given = isRecord(settings.parameters) ? settings.parameters : {};
  const parameters = Object.entries(given).filter(([key, value]) => mayBeTold(key, value));
  return { address, parameters: Object.fromEntries(parameters) };
}

function mayBeTold(key: string, value: unknown): boolean {
  if (NEVER.test(key)) return false;
  return typeof value === 'number' || typeof value === 'boolean' || value === null || TELLABLE.has(key);
}

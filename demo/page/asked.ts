import type { Fetch } from 'smolagents-web';
import { type Choices, isLive, readChoices } from './choices';
import type { Going, LiveParts } from './local-runs';
import { modelOf } from './models';
import { fetchWithToken } from './server';

/** Whose words come when a run goes on: its own model's, or for one with the words of a recording, and for a file, what is chosen now. */
export function askedNext(going: Going | undefined): Choices {
  const now = readChoices();
  return going?.isHosted ? { ...now, source: 'worker' } : (going?.choices ?? now);
}

/** The model that a run without one of its own is given; none where it keeps the words of its recording. */
export async function livePartsFor(going: Going | undefined, asked: Choices): Promise<LiveParts | undefined> {
  return going?.choices || !isLive(asked) ? undefined : livePartsOf(asked);
}

export async function livePartsOf(choices: Choices): Promise<LiveParts> {
  const budget = { tokens: choices.maxTokens, durationMs: choices.maxMinutes * 60_000 };
  return { model: await modelOf(choices), choices, given: { budget, ...webAccess(choices) } };
}

/** A server that wants a token wants it from the web tools of its pages as well. */
function webAccess({ serverToken }: Choices): { fetch?: Fetch } {
  return serverToken === '' ? {} : { fetch: fetchWithToken(serverToken) };
}

/** The model, and where it is asked. */
export function nameOf({ source, modelId, endpoint }: Choices): string {
  if (source === 'endpoint') return `${modelId} at ${endpoint}`;
  if (source === 'huggingface') return `${modelId} at Hugging Face`;
  return source === 'worker' ? 'on this server' : modelId;
}

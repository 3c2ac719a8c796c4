import type { AgentSettings } from '../settings';
import { promptFacts } from './prompt-facts';
import { isOwnSystemPrompt } from './prompts';

const made = new WeakMap<AgentSettings, string>();

/** The system prompt that a run begins with. The SDK's own is written once an agent; an app's may tell the time of day. */
export function systemPromptOf(settings: AgentSettings): string {
  const { systemPrompt } = settings.prompts;
  const known = made.get(settings);
  if (known !== undefined) return known;
  const text = systemPrompt(promptFacts(settings));
  if (isOwnSystemPrompt(systemPrompt)) made.set(settings, text);
  return text;
}

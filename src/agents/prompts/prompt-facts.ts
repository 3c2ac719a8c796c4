import type { MemoryWords } from '../../memory/messages';
import { DELEGATE_INPUTS } from '../calls/delegate-inputs';
import type { AgentSettings } from '../settings';
import type { PromptFacts } from './prompt-subject';

/** What an agent's prompts may speak of. */
export function promptFacts({
  tools,
  managedAgents,
  instructions,
  codeBlockTags,
  modules,
  useStructuredOutputsInternally,
}: AgentSettings): PromptFacts {
  return {
    tools,
    managedAgents: managedAgents.map(({ name = '', description = '' }) => ({
      name,
      description,
      inputs: DELEGATE_INPUTS,
    })),
    instructions,
    codeBlockTags,
    modules: Object.keys(modules),
    structured: useStructuredOutputsInternally,
  };
}

/** What an agent's prompts put between the steps of its memory. */
export function memoryWords({ prompts }: AgentSettings): MemoryWords {
  return { proceed: prompts.planning.proceed, retry: prompts.retryHint, observation: prompts.observation };
}

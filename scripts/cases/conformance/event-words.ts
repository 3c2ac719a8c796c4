import type { AgentEvent } from 'smolagents-web';
import type { AgentCase } from './case';

const WORDS: Readonly<Partial<Record<AgentEvent['type'], string>>> = {
  text: 'delta',
  plan: 'planning_step',
  'tool-call': 'tool_call',
  'tool-result': 'tool_output',
  'code-output': 'action_output',
  step: 'action_step',
  'final-answer': 'final_answer',
};

/**
 * The word of `expect.events` for an event of the run `runId`. Undefined for events without a word, for those of managed agents,
 * which have runs of their own, and, in a code agent, for those of the calls that its code makes.
 */
export function eventWord(
  event: AgentEvent,
  runId: string | undefined,
  agentClass: AgentCase['agent'],
): string | undefined {
  if (event.runId !== runId) return undefined;
  if (agentClass === 'code') {
    if (event.type === 'tool-result') return undefined;
    if (event.type === 'tool-call' && event.call.name !== 'javascript_interpreter') return undefined;
  }
  return WORDS[event.type];
}

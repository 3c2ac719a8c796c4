import type { ToolInputs, ToolType } from '../../tools/tool';
import type { PromptFacts } from '../prompts/prompt-subject';

/** A tool or team member as an example needs it. */
export interface Askable {
  name: string;
  inputs: ToolInputs;
  outputType?: ToolType;
}

/** What can be asked for a fact: a tool that takes a `query` and gives text, else a team member. */
export function finderOf({ tools, managedAgents }: Pick<PromptFacts, 'tools' | 'managedAgents'>): Askable | undefined {
  return tools.find((tool) => tool.outputType === 'string' && takesOneText(tool, 'query')) ?? managedAgents[0];
}

/** What can read a page: a tool that takes a `url`. */
export function readerOf({ tools }: Pick<PromptFacts, 'tools'>): Askable | undefined {
  return tools.find(takesUrl);
}

/** Whether a call needs one address and nothing else. */
export function takesUrl(callable: Pick<Askable, 'inputs'>): boolean {
  return takesOneText(callable, 'url');
}

/** Names of the inputs that every call must have. */
export function neededInputs({ inputs }: Pick<Askable, 'inputs'>): string[] {
  return Object.entries(inputs).flatMap(([name, { nullable }]) => (nullable ? [] : [name]));
}

function takesOneText({ inputs }: Pick<Askable, 'inputs'>, name: string): boolean {
  const needed = neededInputs({ inputs });
  return needed.length === 1 && needed[0] === name && inputs[name]?.type === 'string';
}

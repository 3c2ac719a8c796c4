import { toolStub } from '../../tools/describe';
import { codeExample } from './code-example';
import { FENCE_RULE } from './fence';
import type { PromptFacts, TeamMember } from './prompt-subject';

/**
 * The system prompt of a code agent. What is the same for all agents comes first, so that a server's prefix cache
 * holds; examples use only this agent's own tools, since small models call whatever an example shows.
 */
export function codeSystemPrompt(facts: PromptFacts): string {
  const [opening, closing] = facts.codeBlockTags;
  const parts = [
    ROLE,
    facts.structured ? STRUCTURED_FORM : form(opening, closing),
    RULES,
    `You can call these functions, and no others:\n\`\`\`ts\n${stubs(facts)}\n\`\`\``,
    codeExample(facts),
  ];
  if (facts.modules.length) parts.push(`These modules can be imported, and no others: ${facts.modules.join(', ')}.`);
  if (facts.instructions) parts.push(facts.instructions);
  parts.push(FENCE_RULE, 'Now begin.'); // last: among the rules it made a small manager ask nobody
  return parts.join('\n\n');
}

const ROLE = 'You solve tasks by writing JavaScript, which is run for you step by step.';

const form = (opening: string, closing: string): string => `Every reply has this form, and ends with ${closing}:
Thought: in a sentence, what this step is for.
${opening}
// JavaScript for this step
${closing}
Then you get an observation: what the code printed, and the value of its last line. Never write an observation yourself. Take as many steps as you need; the last one calls final_answer.`;

const STRUCTURED_FORM = `Every reply is one JSON object: {"thought": "in a sentence, what this step is for", "code": "the JavaScript of this step"}. Then you get an observation: what the code printed, and the value of its last line. Take as many steps as you need; the last one calls final_answer.`;

const RULES = `Rules:
- Plain JavaScript: no type annotations, no require, no fetch, no document, no files. Powers are x ** y (x ^ y is something else).
- Every function listed below except final_answer is called with await and one object of named arguments.
- Print with console.log what you want to read. What a function gives is new to you: print it, and use it in the next step.
- Text that a function gives is for you to read, not for code to search: read it in the observation, and write the figures you need as numbers in your next code.
- Variables and functions of earlier steps are still there.
- Never run the same code twice. After an error, change the code. When the observation is not enough, call something else.
- Do not make up facts or addresses. Look up what you do not know; addresses come from search results or from the task.
- final_answer(value) ends the task. The value is the answer itself: a number, a text, a list.`;

function stubs({ tools, managedAgents }: PromptFacts): string {
  return [...tools.map((tool) => toolStub(tool)), ...managedAgents.map(teamStub)].join('\n');
}

function teamStub({ name, description, inputs }: TeamMember): string {
  return toolStub({
    name,
    description: `A team member to delegate to: ${description} Tell it the whole task in words; it knows nothing else.`,
    inputs,
    outputType: 'string',
  });
}

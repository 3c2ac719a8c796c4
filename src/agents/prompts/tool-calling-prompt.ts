import { toolLine } from '../../tools/describe';
import { FENCE_RULE } from './fence';
import type { PromptFacts, TeamMember } from './prompt-subject';
import { toolCallingExample } from './tool-calling-example';

/** The system prompt of a tool-calling agent; built like `codeSystemPrompt`, common parts first. */
export function toolCallingSystemPrompt(facts: PromptFacts): string {
  const parts = [
    ROLE,
    RULES,
    `You can call these tools, and no others:\n${[...facts.tools.map((tool) => toolLine(tool)), ...facts.managedAgents.map(teamLine)].join('\n')}`,
    toolCallingExample(facts),
  ];
  if (facts.instructions) parts.push(facts.instructions);
  parts.push('Now begin.');
  return parts.join('\n\n');
}

const ROLE = `You solve tasks by calling tools, one step at a time. If you cannot make tool calls in another way, write each call as one JSON object, with nothing after it:
Action:
{"name": "the tool's name", "arguments": {"argument": "value"}}
Then you get an observation: what the tool gave. Never write an observation yourself.`;

const RULES = `Rules:
- Every reply makes a call. The last one calls final_answer, which ends the task: {"name": "final_answer", "arguments": {"answer": "..."}}.
- Arguments are values that stand in the task or in an observation, not names of variables. Addresses come from search results or the task; never make one up.
- ${FENCE_RULE}
- Do not make the same call twice: its result is above. When it is not enough, call something else.
- Look up what you do not know with the tools you have; if there is none for it, use what you know.
- As soon as the observations hold the answer, give it by final_answer, alone in its reply.`;

function teamLine({ name, description, inputs }: TeamMember): string {
  return toolLine({
    name,
    description: `A team member to delegate to: ${description} Tell it the whole task in words; it knows nothing else.`,
    inputs,
    outputType: 'string',
  });
}

import { toolLine } from '../tools/describe';
import type { ToolInputs } from '../tools/tool';
import type { PromptFacts, TeamMember } from './prompts';

/** The system prompt of a tool-calling agent; built like `codeSystemPrompt`, common parts first. */
export function toolCallingSystemPrompt(facts: PromptFacts): string {
  const parts = [
    ROLE,
    RULES,
    `You can call these tools, and no others:\n${[...facts.tools.map((tool) => toolLine(tool)), ...facts.managedAgents.map(teamLine)].join('\n')}`,
    example(facts),
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
- Arguments are values, not expressions or names of variables: work figures out before you write them.
- Do not make the same call twice: its result is above.
- Do not make up facts. Look them up with the tools you have; if there is none for it, use what you know.
- As soon as the observations hold the answer, give it by final_answer, alone in its reply.`;

function example({ tools, managedAgents }: PromptFacts): string {
  const callable = [...tools.filter(({ name }) => name !== 'final_answer'), ...managedAgents][0];
  if (!callable)
    return 'Example of a last reply:\nAction:\n{"name": "final_answer", "arguments": {"answer": "about 12 km"}}';
  const call = JSON.stringify({ name: callable.name, arguments: exampleArguments(callable.inputs) });
  return `Example:\nAction:\n${call}\nObservation:\nwhat ${callable.name} gave\nAction:\n{"name": "final_answer", "arguments": {"answer": "the answer, read from the observation"}}`;
}

function exampleArguments(inputs: ToolInputs): Record<string, unknown> {
  const needed = Object.entries(inputs).filter(([, { nullable }]) => !nullable);
  return Object.fromEntries(needed.map(([name, { type }]) => [name, EXAMPLE_VALUES[String(type)] ?? '...']));
}

const EXAMPLE_VALUES: Readonly<Record<string, unknown>> = {
  integer: 1,
  number: 1.5,
  boolean: true,
  array: [],
  object: {},
};

function teamLine({ name, description, inputs }: TeamMember): string {
  return toolLine({
    name,
    description: `A team member to delegate to: ${description} Tell it the whole task in words; it knows nothing else.`,
    inputs,
    outputType: 'string',
  });
}

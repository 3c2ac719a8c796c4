import { toolStub } from '../tools/describe';
import type { ToolInputs } from '../tools/tool';
import type { PromptFacts, TeamMember } from './prompts';

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
    arithmeticExample(facts),
    `You can call these functions, and no others:\n\`\`\`ts\n${stubs(facts)}\n\`\`\``,
  ];
  const example = callExample(facts);
  if (example) parts.push(example);
  if (facts.modules.length) parts.push(`These modules can be imported, and no others: ${facts.modules.join(', ')}.`);
  if (facts.instructions) parts.push(facts.instructions);
  parts.push('Now begin.');
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
- Plain JavaScript: no type annotations, no require, no fetch, no files. Powers are x ** y (x ^ y is something else).
- Every function listed below except final_answer is called with await and one object of named arguments.
- Print with console.log what you want to read. What a function gives is new to you: print it, and use it in the next step.
- Functions that search or read give text. Read the figures in it, then write them as numbers in your next code; do not compute with text.
- Variables and functions of earlier steps are still there.
- Do not run the same code twice. After an error, change the code.
- Do not make up facts. Look them up with the functions you have; if there is none for it, use what you know.
- final_answer(value) ends the task. The value is the answer itself: a number, a text, a list.`;

function arithmeticExample({ codeBlockTags, structured }: PromptFacts): string {
  const first = block(
    codeBlockTags,
    structured,
    'Prices grow by 3.5 percent a year, so the rate is 0.035, and I need the years until they triple.',
    ['const rate = 3.5 / 100;', 'const years = Math.log(3) / Math.log(1 + rate);', 'console.log(years);'],
  );
  const second = block(codeBlockTags, structured, 'The observation gives the years; I round them and answer.', [
    'final_answer(Math.round(years * 10) / 10);',
  ]);
  return `Example. Task: At 3.5 percent inflation, after how many years have prices tripled?\n${first}\nObservation:\n31.93...\n${second}`;
}

/** One call in the agent's own words: of its first tool other than final_answer, else of its first team member. */
function callExample({ tools, managedAgents, codeBlockTags, structured }: PromptFacts): string | undefined {
  const callable = [...tools.filter(({ name }) => name !== 'final_answer'), ...managedAgents][0];
  if (!callable) return undefined;
  const args = exampleArguments(callable.inputs);
  const lines = [`const result = await ${callable.name}(${args});`, 'console.log(result);'];
  return `A step that calls a function looks like this:\n${block(codeBlockTags, structured, `I call ${callable.name} and read what it gives.`, lines)}`;
}

function exampleArguments(inputs: ToolInputs): string {
  const needed = Object.entries(inputs).filter(([, { nullable }]) => !nullable);
  if (!needed.length) return '';
  return `{ ${needed.map(([name, { type }]) => `${name}: ${EXAMPLE_VALUES[String(type)] ?? '...'}`).join(', ')} }`;
}

const EXAMPLE_VALUES: Readonly<Record<string, string>> = {
  string: '"..."',
  integer: '1',
  number: '1.5',
  boolean: 'true',
  array: '[]',
  object: '{}',
};

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

function block(
  [opening, closing]: readonly [string, string],
  structured: boolean,
  thought: string,
  lines: readonly string[],
): string {
  const code = lines.join('\n');
  return structured ? JSON.stringify({ thought, code }) : `Thought: ${thought}\n${opening}\n${code}\n${closing}`;
}

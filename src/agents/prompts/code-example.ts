import type { ToolInputs } from '../../tools/tool';
import { type Askable, finderOf, neededInputs, readerOf } from '../calls/look-up';
import type { PromptFacts } from './prompt-subject';

type ExampleFacts = Pick<PromptFacts, 'tools' | 'managedAgents' | 'codeBlockTags' | 'structured'>;

/**
 * A worked example from the agent's own functions, since small models call whatever an example shows. An agent that can
 * look something up is shown to do so before it computes: without that it took the year in the task for the rate.
 */
export function codeExample(facts: ExampleFacts): string {
  const finder = finderOf(facts);
  const steps = finder
    ? [...lookUp(finder, readerOf(facts)), ...computation('The text says 3.5 percent, so the rate is 0.035.')]
    : computation('3.5 percent is a rate of 0.035.');
  const task = finder
    ? 'If prices in Norland go on rising as in 2019, after how many years have they tripled?'
    : 'At 3.5 percent inflation, after how many years have prices tripled?';
  const shown = steps.map(
    ({ thought, lines, observation }) =>
      block(facts, thought, lines) + (observation ? `\nObservation:\n${observation}` : ''),
  );
  const last = finder ? readingAdvice(finder, readerOf(facts)) : callExample(facts);
  return [`Example. Task: ${task}\n${shown.join('\n')}`, ...(last ? [last] : [])].join('\n\n');
}

interface Step {
  thought: string;
  lines: readonly string[];
  observation?: string;
}

function computation(rate: string): Step[] {
  return [
    {
      thought: `${rate} I need the years until prices are 3 times as high.`,
      lines: ['const rate = 3.5 / 100;', 'const years = Math.log(3) / Math.log(1 + rate);', 'console.log(years);'],
      observation: '31.93...',
    },
    {
      thought: 'The observation gives the years; I round them and answer.',
      lines: ['final_answer(Math.round(years * 10) / 10);'],
    },
  ];
}

function lookUp(finder: Askable, reader: Askable | undefined): Step[] {
  const address = 'https://norland.example/prices';
  const found = 'In 2019, prices in Norland rose by 3.5 percent.';
  const [input = ''] = neededInputs(finder);
  const question =
    input === 'query' ? 'Norland inflation 2019' : 'By how many percent did prices in Norland rise in 2019?';
  const search: Step = {
    thought: 'The task does not say the rate of 2019, and I must not guess it. I look it up.',
    lines: [`console.log(await ${finder.name}({ ${input}: ${JSON.stringify(question)} }));`],
    observation: reader ? `[Prices in Norland](${address})\nTables of prices since 1990.` : found,
  };
  if (!reader) return [search];
  const read: Step = {
    thought: 'The result does not say the rate, so I read the page that it names.',
    lines: [`console.log(await ${reader.name}({ url: ${JSON.stringify(address)} }));`],
    observation: found,
  };
  return [search, read];
}

function readingAdvice(finder: Askable, reader: Askable | undefined): string {
  if (!reader) {
    return `Figures and facts that the task does not give come from ${finder.name}: ask it in your first step, in a whole sentence, and compute only with what it reports.`;
  }
  return `What ${finder.name} gives are excerpts. When they do not hold what you need, do not search again: call ${reader.name} with an address from them.`;
}

/** One call of the agent's first function other than final_answer. */
function callExample(facts: ExampleFacts): string | undefined {
  const callable = facts.tools.find(({ name }) => name !== 'final_answer');
  if (!callable) return undefined;
  const lines = [
    `const result = await ${callable.name}(${exampleArguments(callable.inputs)});`,
    'console.log(result);',
  ];
  return `A step that calls a function looks like this:\n${block(facts, `I call ${callable.name} and read what it gives.`, lines)}`;
}

function exampleArguments(inputs: ToolInputs): string {
  const needed = neededInputs({ inputs });
  if (!needed.length) return '';
  return `{ ${needed.map((name) => `${name}: ${EXAMPLE_VALUES[String(inputs[name]?.type)] ?? '...'}`).join(', ')} }`;
}

const EXAMPLE_VALUES: Readonly<Record<string, string>> = {
  string: '"..."',
  integer: '1',
  number: '1.5',
  boolean: 'true',
  array: '[]',
  object: '{}',
};

function block(
  { codeBlockTags: [opening, closing], structured }: ExampleFacts,
  thought: string,
  lines: readonly string[],
): string {
  const code = lines.join('\n');
  return structured ? JSON.stringify({ thought, code }) : `Thought: ${thought}\n${opening}\n${code}\n${closing}`;
}

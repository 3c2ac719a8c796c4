import type { ToolInputs } from '../../tools/tool';
import { type Askable, finderOf, neededInputs, readerOf } from '../calls/look-up';
import { fence } from './fence';
import type { PromptFacts } from './prompt-subject';

type ExampleFacts = Pick<PromptFacts, 'tools' | 'managedAgents'>;

/** A worked example from the agent's own tools, since small models call whatever an example shows. */
export function toolCallingExample(facts: ExampleFacts): string {
  const finder = finderOf(facts);
  if (finder) return lookUp(finder, readerOf(facts));
  const callable = facts.tools.find(({ name }) => name !== 'final_answer');
  if (!callable) return `Example of a last reply:\n${action('final_answer', { answer: 'about 12 km' })}`;
  const steps = [
    action(callable.name, exampleArguments(callable.inputs)),
    observation(`what ${callable.name} gave`),
    action('final_answer', { answer: 'the answer, read from the observation' }),
  ];
  return `Example:\n${steps.join('\n')}`;
}

function lookUp(finder: Askable, reader: Askable | undefined): string {
  const address = 'https://norland.example/mint';
  const [input = ''] = neededInputs(finder);
  const question = input === 'query' ? 'mint of Norland founded' : 'In which year was the mint of Norland founded?';
  const fact = 'The mint of Norland was founded in 1712 and moved in 1880.';
  const steps = [action(finder.name, { [input]: question })];
  if (reader) {
    steps.push(observation(`[Mint of Norland](${address})\nOpening hours, tours and history.`));
    steps.push(action(reader.name, { url: address }));
  }
  steps.push(observation(fact), action('final_answer', { answer: '1712' }));
  const advice = reader
    ? `\n\nTo look something up, begin with ${finder.name}. What it gives are excerpts: when they do not hold what you need, do not search again, but call ${reader.name} with an address from them.`
    : '';
  return `Example. Task: When was the mint of Norland founded?\n${steps.join('\n')}${advice}`;
}

function action(name: string, args: Readonly<Record<string, unknown>>): string {
  return `Action:\n${JSON.stringify({ name, arguments: args })}`;
}

function exampleArguments(inputs: ToolInputs): Record<string, unknown> {
  return Object.fromEntries(
    neededInputs({ inputs }).map((name) => [name, EXAMPLE_VALUES[String(inputs[name]?.type)] ?? '...']),
  );
}

const EXAMPLE_VALUES: Readonly<Record<string, unknown>> = {
  integer: 1,
  number: 1.5,
  boolean: true,
  array: [],
  object: {},
};

function observation(text: string): string {
  return `Observation:\n${fence(text)}`;
}

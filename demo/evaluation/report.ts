import { AGENTS, type AgentKind, type Measurement } from './measure';
import { questions } from './questions';

export interface ReportFacts {
  /** Command that makes the measurements and this document. */
  command: string;
  /** Model as people know it. */
  model: string;
  /** Kind of machine, such as "2 shared cores". */
  machine: string;
}

/** The measurements as a document in Markdown. Of a question asked twice in a round, every run counts. */
export function report(measurements: readonly Measurement[], { command, model, machine }: ReportFacts): string {
  const rounds = [...new Set(measurements.map(({ round }) => round))];
  const last =
    measurements
      .map(({ at }) => at)
      .sort()
      .at(-1)
      ?.slice(0, 10) ?? 'never';
  const sections = rounds.flatMap((round) =>
    (['a', 'b'] as const).flatMap((half) =>
      section(
        measurements.filter((one) => one.round === round && halfOf(one) === half),
        round,
        half,
      ),
    ),
  );
  return [
    '# The prompts, measured with a small model',
    '',
    `${questions.length} questions in two halves, asked of both agents. The prompts were changed while looking at half A only; half B says what they are worth.`,
    `Model: ${model}. Machine: ${machine}. Last run: ${last}. Temperature 0, at most 6 steps and 150 seconds a question; search and pages come from`,
    'the invented web of `demo/fixtures`. The tool-calling agent also has a calculator, where the code agent has JavaScript. An answer is right when it holds',
    'the expected number or name and is not longer than 400 characters. Each question was asked once; other jobs ran on the machine, so seconds and wall limits',
    'are upper bounds and tokens of a call that was cut off are missing. In half A the prompts',
    'changed between questions: its numbers say what they were changed for, not what they are worth.',
    'Since half B was asked the parser reads more forms of code and calls, a streamed reply ends behind its call, and the third unusable reply in a row',
    'ends a run: the tables called final are of the state before that. Half B was asked again before and with the fence around observations. The second time the',
    'machine was up to five times slower: code b7 was cut off at 150 s in its third step, the tool-calling agent had 600 s from b2 on, and six of its questions (-) were not',
    'asked. Of the six that were, four are right; before the fence five of these six were.',
    '',
    '```sh',
    command,
    '```',
    '',
    ...sections,
    ...LESSONS,
  ].join('\n');
}

const LESSONS: readonly string[] = [
  '## The question of the example',
  '',
  '"If the US keeps its 2024 growth rate, how many years will it take for the GDP to double?", with a manager that writes code and an agent that searches. Asked twice, after',
  'half B. The first answer was 20.1: the manager took the 3.5 percent of the example in its prompt and asked nobody. One line was added for managers (ask the team member',
  'first) and tried on question a7; it stands in no prompt measured above. The second answer was 25.1, in 3 steps of the manager and 2 of the searcher.',
  '',
  'Then observations were fenced as data, with a sentence on it among the rules and fences in the examples, and the question was asked again: three times, the limit set before. The answer',
  'was 20: the manager asked nobody again and took the 3.5 percent of the example. So it was with the sentence further up (20), and with it there and no fences in the examples (20.1).',
  'That the fence is what did it is likely: with the prompts before it, the manager asked at once.',
  '',
  'First steps of the same manager with the look-up questions of half A say more than one question can. All asked the team member, but for a7, which computes:',
  '',
  '| prompts | a3 | a4 | a5 | a6 | a7 |',
  '| --- | --- | --- | --- | --- | --- |',
  '| before the fence | asked | asked | asked | asked | asked |',
  '| sentence among the rules, fences in the examples | asked | asked | asked | asked | asked nobody |',
  '| sentence at the end, fences in the examples | asked | asked | asked | asked | asked nobody |',
  '| sentence at the end, no fences in the examples (as it is) | asked | asked | asked | asked | asked |',
  '',
  'So the last row is how the prompts of a code agent are now. With them the question was asked once more, which is the sixth time and one more than was set: the manager asked its team',
  'member in the first step and the answer was 25.1, in 3 steps each. That run is the recording which `npm run example` replays. The tables of half B are from before this row.',
  '',
  '## What the transcripts of half A taught',
  '',
  'Each has a test; most are about what the model reads after a step, not about the prompt.',
  '',
  '- A call written as text stands in memory once, as the model wrote it. Told again as `Calling tools:` the model went on in that form and made the same call again (`memory/messages.ts`).',
  '- A step that repeated an earlier one is told as that, without its words and its outcome; the note gives a call that was not tried, with the address that was found (`agents/calls/repeats.ts`). "Do something else" alone was followed by the same code.',
  "- The example looks up, reads, computes and answers with the agent's own functions (`agents/prompts/code-example.ts`, `agents/prompts/tool-calling-example.ts`). With an example of arithmetic alone the model took the year in the task for a rate, or made one up.",
  '- "I must not guess it" in the first thought of the example brings the look-up before the computation.',
  '- Code that takes a text apart with a pattern, or reaches for a `document`, gets an error that says to read the text (`agents/code/code-observations.ts`).',
  '- Two empty lines end a reply: a stop sequence of the example, `maxBlankLines` of the models where none is set.',
  '- What did not help: more rules, two examples in place of one, asking what is still missing (it searched again and again in place of reading). Small changes of words change which question fails, so no claim rests on one question.',
  '',
];

function section(measurements: readonly Measurement[], round: string, half: 'a' | 'b'): string[] {
  if (measurements.length === 0) return [];
  return [
    `## Half ${half.toUpperCase()}, ${round}`,
    '',
    '| agent | right | steps | tokens in | tokens out | seconds |',
    '| --- | --- | --- | --- | --- | --- |',
    ...AGENTS.flatMap((agent) => total(measurements, agent)),
    '',
    'Steps, tokens and seconds are means for one question.',
    '',
    '| question | kind | code agent | tool-calling agent |',
    '| --- | --- | --- | --- |',
    ...questions
      .filter((question) => question.half === half)
      .map(
        ({ id, kind }) =>
          `| ${id} | ${kind} | ${cell(measurements, id, 'code')} | ${cell(measurements, id, 'tool-calling')} |`,
      ),
    '',
  ];
}

function total(measurements: readonly Measurement[], agent: AgentKind): string[] {
  const own = measurements.filter((one) => one.agent === agent);
  if (own.length === 0) return [];
  const mean = (value: (one: Measurement) => number, digits = 0) =>
    (own.reduce((sum, one) => sum + value(one), 0) / own.length).toFixed(digits);
  const right = own.filter((one) => one.right).length;
  return [
    `| ${agent} | ${right} of ${own.length} | ${mean((one) => one.steps, 1)} | ${mean((one) => one.inputTokens)} | ${mean((one) => one.outputTokens)} | ${mean((one) => one.seconds)} |`,
  ];
}

function cell(measurements: readonly Measurement[], id: string, agent: AgentKind): string {
  const runs = measurements.filter((one) => one.question === id && one.agent === agent);
  return (
    runs
      .map(
        (one) =>
          `${one.right ? 'right' : one.end === 'success' ? 'wrong' : one.end}, ${one.steps} steps, ${Math.round(one.seconds)} s`,
      )
      .join('; ') || '-'
  );
}

function halfOf({ question }: Measurement): 'a' | 'b' | undefined {
  return questions.find(({ id }) => id === question)?.half;
}

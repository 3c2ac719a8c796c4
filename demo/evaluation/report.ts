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
    'the expected number or name and is not longer than 400 characters.',
    '',
    '```sh',
    command,
    '```',
    '',
    ...sections,
  ].join('\n');
}

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

import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { OpenAIModel } from 'smolagents-web';
import { AGENTS, type AgentKind, type Measurement, measure, type Setting } from './evaluation/measure';
import { type Question, questions } from './evaluation/questions';
import { report } from './evaluation/report';
import { serveLocalWeb } from './fixtures/serve';
import { PARAMETERS } from './parameters';

const HELP = `npm run evaluate -- --endpoint URL --model ID [--half a|b] [--agent code|tool-calling] [--question ID]

Asks the questions of demo/evaluation/questions.ts and writes docs/prompts.md. Stopped, it goes on where it was when run again.

  --round NAME        name of this state of the prompts (default "current"); what was asked in it is not asked again
  --repeat N          asks each question N times (default 1)
  --results FILE      measurements, one line of JSON each (default demo/evaluation/results.jsonl)
  --transcripts DIR   writes each run there as text
  --report            only writes the document`;

const COMMAND = 'npm run evaluate -- --endpoint http://127.0.0.1:8099/v1 --model local --half b --round final';
const MODEL = 'Qwen2.5-Coder-1.5B-Instruct, 4 bits (Q4_K_M), llama.cpp, context 8192';
const MACHINE = '2 shared cores, no GPU, one thread for the model';
const DOCUMENT = 'docs/prompts.md';

interface Choice {
  half: string | undefined;
  agent: string | undefined;
  question: string | undefined;
  round: string;
  repeat: string;
  results: string;
  transcripts: string | undefined;
}

async function main(): Promise<number> {
  const { endpoint, model: modelId, help, report: onlyReport, ...choice } = readOptions();
  const wrong = help ? '' : wrongOption(choice);
  if (help || wrong) return say(wrong || HELP, wrong ? 2 : 0);
  if (!onlyReport) {
    if (!endpoint || !modelId) return say(`--endpoint URL and --model ID are needed\n\n${HELP}`, 2);
    await using web = await serveLocalWeb();
    const model = new OpenAIModel({ modelId, apiBase: endpoint, parameters: PARAMETERS });
    await askAll(choice, { model, fetch: web.fetch, round: choice.round });
  }
  await mkdir('docs', { recursive: true });
  await writeFile(
    DOCUMENT,
    report(await readResults(choice.results), { command: COMMAND, model: MODEL, machine: MACHINE }),
  );
  return say(`wrote ${DOCUMENT}`, 0);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean' },
      endpoint: { type: 'string' },
      model: { type: 'string' },
      half: { type: 'string' },
      agent: { type: 'string' },
      question: { type: 'string' },
      round: { type: 'string', default: 'current' },
      repeat: { type: 'string', default: '1' },
      results: { type: 'string', default: 'demo/evaluation/results.jsonl' },
      transcripts: { type: 'string' },
      report: { type: 'boolean' },
    },
  });
  const { half, agent, question, transcripts } = values;
  return { ...values, half, agent, question, transcripts };
}

function wrongOption({ half, agent, question, repeat }: Choice): string {
  if (half !== undefined && half !== 'a' && half !== 'b') return `--half is "${half}", must be a or b`;
  if (agent !== undefined && !AGENTS.some((kind) => kind === agent))
    return `--agent is "${agent}", must be ${AGENTS.join(' or ')}`;
  if (question !== undefined && !questions.some(({ id }) => id === question))
    return `--question is "${question}", must be one of a1 to b12`;
  return /^[1-9]\d?$/.test(repeat) ? '' : `--repeat is "${repeat}", must be a whole number from 1 to 99`;
}

/** Asks what this round has not asked yet, one question at a time: a small server answers one request at a time. */
async function askAll(choice: Choice, setting: Setting): Promise<void> {
  const asked = await readResults(choice.results);
  const chosen = questions.filter(({ id, half }) => (choice.half ?? half) === half && (choice.question ?? id) === id);
  for (const agent of AGENTS.filter((kind) => (choice.agent ?? kind) === kind)) {
    for (const question of chosen) {
      const done = asked.filter(
        (one) => one.question === question.id && one.agent === agent && one.round === setting.round,
      ).length;
      for (let time = done + 1; time <= Number(choice.repeat); time++)
        await askOnce(question, agent, time, choice, setting);
    }
  }
}

async function askOnce(
  question: Question,
  agent: AgentKind,
  time: number,
  { results, transcripts }: Choice,
  setting: Setting,
): Promise<void> {
  const { measurement, transcript } = await measure(question, agent, setting);
  await appendFile(results, `${JSON.stringify(measurement)}\n`);
  if (transcripts) {
    await mkdir(transcripts, { recursive: true });
    await writeFile(`${transcripts}/${question.id}-${agent}-${setting.round}-${time}.txt`, transcript);
  }
  const { right, end, steps, seconds, answer } = measurement;
  console.log(
    `${right ? 'right' : 'WRONG'}  ${agent} ${question.id} (${end}, ${steps} steps, ${seconds} s): ${answer}`,
  );
}

async function readResults(path: string): Promise<Measurement[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line)
    .map((line): Measurement => JSON.parse(line));
}

function say(text: string, exitCode: number): number {
  console.log(text);
  return exitCode;
}

process.exitCode = await main();

import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { OpenAIModel } from 'smolagents-web';
import { AGENTS, type Measurement, measure } from './evaluation/measure';
import { questions } from './evaluation/questions';
import { report } from './evaluation/report';
import { serveLocalWeb } from './fixtures/serve';

const HELP = `npm run evaluate -- --endpoint URL --model ID [--half a|b] [--agent code|tool-calling] [--question ID]

Asks the questions of demo/evaluation/questions.ts and writes docs/prompts.md. A run that was interrupted goes on where it stopped.

  --round NAME        name of this state of the prompts (default "current"); questions already asked in it are left out
  --repeat N          asks each question N times (default 1)
  --results FILE      measurements, one line of JSON each (default demo/evaluation/results.jsonl)
  --transcripts DIR   writes each run there as text
  --model-name TEXT   the model as the document calls it (default: its id)
  --report            only writes the document`;

const DOCUMENT = 'docs/prompts.md';

async function main(): Promise<number> {
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
      'model-name': { type: 'string' },
      report: { type: 'boolean' },
    },
  });
  const { endpoint, model: modelId, half, agent, question, round, repeat, results, transcripts } = values;
  if (values.help) return say(HELP, 0);
  if (half !== undefined && half !== 'a' && half !== 'b') return say(`--half is "${half}", must be a or b`, 2);
  if (agent !== undefined && !AGENTS.some((kind) => kind === agent))
    return say(`--agent is "${agent}", must be ${AGENTS.join(' or ')}`, 2);

  if (!values.report) {
    if (!endpoint || !modelId) return say(`--endpoint URL and --model ID are needed\n\n${HELP}`, 2);
    await using web = await serveLocalWeb();
    const model = new OpenAIModel({ modelId, apiBase: endpoint, parameters: { temperature: 0, max_tokens: 400 } });
    const asked = await readResults(results);
    for (const kind of AGENTS.filter((one) => agent === undefined || one === agent)) {
      for (const one of questions.filter(
        ({ id, half: own }) => (half === undefined || own === half) && (question === undefined || id === question),
      )) {
        const done = asked.filter(
          (entry) => entry.question === one.id && entry.agent === kind && entry.round === round,
        ).length;
        for (let time = done; time < Number(repeat); time++) {
          const { measurement, transcript } = await measure(one, kind, { model, fetch: web.fetch, round });
          await appendFile(results, `${JSON.stringify(measurement)}\n`);
          if (transcripts) {
            await mkdir(transcripts, { recursive: true });
            await writeFile(`${transcripts}/${one.id}-${kind}-${round}-${time}.txt`, transcript);
          }
          console.log(
            `${measurement.right ? 'right' : 'WRONG'}  ${kind} ${one.id} (${measurement.end}, ${measurement.steps} steps, ${measurement.seconds} s): ${measurement.answer}`,
          );
        }
      }
    }
  }
  const command = 'npm run evaluate -- --endpoint http://127.0.0.1:8099/v1 --model local';
  const document = report(await readResults(results), {
    command,
    model: values['model-name'] ?? modelId ?? 'see the results file',
    machine: '2 shared cores, no GPU',
  });
  await mkdir('docs', { recursive: true });
  await writeFile(DOCUMENT, document);
  return say(`wrote ${DOCUMENT}`, 0);
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

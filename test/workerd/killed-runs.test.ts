import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorker } from '../fakes/web-runtimes';

let worker: Awaited<ReturnType<typeof startWorker>>;
let origin: string;

beforeAll(async () => {
  worker = await startWorker('test/workerd/killed-runs-worker.ts', {
    bindings: { AGENT_RUNS: { type: 'durable_object_namespace', class_name: 'AgentRunObject' } },
    migrations: [{ tag: 'v1', new_sqlite_classes: ['AgentRunObject'] }],
  });
  origin = (await worker.url).origin;
}, 60_000);
afterAll(() => worker?.dispose());

interface Told {
  type: string;
  runId: string;
  step?: number | { number: number };
  call?: { id: string };
}
interface Kill {
  rows: string;
  after: number;
  isWritten: boolean;
}

async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const type = { 'content-type': 'application/json', ...headers };
  return fetch(`${origin}${path}`, { method: 'POST', headers: type, body: JSON.stringify(body) });
}

/** A run that is killed once, as its reader sees it: who comes back after each loss of the stream, with the last number. */
async function playedWith(agent: string, kill: Kill) {
  await post('/kill', kill);
  const started = await post('/runs', { agent, task: 'Go.', background: true });
  const { runId } = (await started.json()) as { runId: string };
  const numbers: number[] = [];
  const events: Told[] = [];
  for (let visit = 0; visit < 10 && events.at(-1)?.type !== 'run-end'; visit++)
    await readOn(runId, numbers, events).catch(() => undefined); // the object was killed
  const facts = (await (await fetch(`${origin}/runs/${runId}`)).json()) as Record<string, unknown>;
  const { made, isKilled } = (await (await fetch(`${origin}/made`)).json()) as { made: string[]; isKilled: boolean };
  const sent = made.filter((each) => each.startsWith('send')).map((each) => each.split(' ')[1]);
  return { facts, numbers, shapes: events.map((event) => shapeOf(event, runId)), sent, isKilled };
}

async function readOn(runId: string, numbers: number[], events: Told[]): Promise<void> {
  const reply = await fetch(`${origin}/runs/${runId}/events`, {
    headers: { 'last-event-id': `${numbers.at(-1) ?? 0}` },
  });
  if (!reply.ok) return;
  let text = '';
  for await (const chunk of reply.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, number, json] = /^id: (\d+)\ndata: (.+)$/.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (json === undefined) continue;
      numbers.push(Number(number));
      events.push(JSON.parse(json) as Told);
    }
  }
}

function shapeOf({ type, runId, step, call }: Told, outermost: string): string {
  const number = typeof step === 'object' ? step.number : step;
  return [runId.replace(outermost, 'run'), type, number, call?.id].filter((part) => part !== undefined).join(' ');
}

const NEVER: Kill = { rows: 'event ', after: 1_000, isWritten: false };

describe.each([
  ['calling', 'all done'],
  ['coding', 2],
])('a run in six steps, %s tools and a managed agent', (agent, output) => {
  test.each([
    ['event ', true],
    ['event ', false],
    ['log ', true],
    ['log ', false],
  ])(
    'killed at each row "%s" (on the disk: %s) comes to the same answer, and readers see each event once',
    async (rows, isWritten) => {
      const whole = await playedWith(agent, NEVER);
      const expected = { output, sent: ['1', '2', '10', '5'], shapes: [...whole.shapes].sort() };
      const problems: string[] = [];

      let kills = 0;
      for (let after = 1; ; after++) {
        const { facts, numbers, shapes, sent, isKilled } = await playedWith(agent, { rows, after, isWritten });
        if (!isKilled) break;
        kills += 1;
        const got = { output: facts.output, sent, shapes: [...shapes].sort() };
        const isWhole = numbers.every((number, index) => number === index + 1) && facts.state === 'success';
        if (isWhole && JSON.stringify(got) === JSON.stringify(expected)) continue;
        const lost = expected.shapes.filter((shape) => !shapes.includes(shape));
        const more = shapes.filter(
          (shape, index) => shapes.indexOf(shape) !== index || !expected.shapes.includes(shape),
        );
        problems.push(`${after}: ${JSON.stringify({ facts, numbers: numbers.length, sent, lost, more })}`);
      }

      expect(whole.facts.output).toBe(output);
      expect(problems).toEqual([]);
      expect(kills).toBeGreaterThan(20);
    },
    60_000,
  );
});

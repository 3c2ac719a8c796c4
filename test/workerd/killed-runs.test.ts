import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorkerd, type Workerd } from '../fakes/workerd';

let folder: string;
let workerd: Workerd; // by itself: what `wrangler dev` puts before it keeps requests whose object was killed

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'killed-'));
  workerd = await startWorkerd('test/workerd/killed-runs-worker.ts', folder);
});
afterAll(async () => {
  await workerd?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

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

async function asked(path: string): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const { status, text } = await workerd.ask(path).catch((error: Error) => ({ status: 0, text: error.message }));
    if (status === 200) return JSON.parse(text);
    if (attempt === 5) throw new Error(`${path} answered ${status} ${text}`);
  }
}

interface Made {
  made: string[];
  runId: string;
  isKilled: boolean;
}

/** A run that is killed once, as its reader sees it: who comes back after each loss of the stream, with the last number. */
async function playedWith(agent: string, kill: Kill) {
  await workerd.ask('/kill', { body: kill });
  await workerd.ask('/runs', { body: { agent, task: 'Go.', background: true } }).catch(() => undefined); // the object may be killed in it
  const { runId } = (await asked('/made')) as Made;
  const numbers: number[] = [];
  const events: Told[] = [];
  for (let visit = 0; visit < 10 && events.at(-1)?.type !== 'run-end'; visit++)
    await readOn(runId, numbers, events).catch(() => undefined); // the object was killed
  const facts = (await asked(`/runs/${runId}`)) as Record<string, unknown>;
  const { made, isKilled } = (await asked('/made')) as Made;
  const sent = made.filter((each) => each.startsWith('send'));
  const shapes = events.map((event) => shapeOf(event, runId));
  const isInterrupted = JSON.stringify(events).includes('was interrupted');
  return { facts, numbers, shapes, sent, isKilled, isInterrupted };
}

async function readOn(runId: string, numbers: number[], events: Told[]): Promise<void> {
  const reply = await fetch(`${workerd.origin}/runs/${runId}/events`, {
    headers: { 'last-event-id': `${numbers.at(-1) ?? 0}` },
  });
  if (!reply.ok) return;
  let text = '';
  for await (const chunk of reply.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [, number, json] = /id: (\d+)\ndata: (.+)$/.exec(text.slice(0, end)) ?? [];
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

test.each([
  ['coding', 'event ', true, 2],
  ['calling', 'log ', false, 'all done'],
])(
  'a run in six steps, %s, with a managed agent, killed at each row "%s" (on the disk: %s), comes to the same answer; no call is made twice, readers see each event once',
  async (agent, rows, isWritten, output) => {
    const whole = await playedWith(agent, NEVER);
    const problems: string[] = [];

    let kills = 0;
    let interrupted = 0;
    for (let after = 1; ; after++) {
      const { facts, numbers, shapes, sent, isKilled, isInterrupted } = await playedWith(agent, {
        rows,
        after,
        isWritten,
      });
      if (!isKilled) break;
      kills += 1;
      if (isInterrupted) interrupted += 1;
      const twice = (texts: readonly string[]) => texts.filter((text, index) => texts.indexOf(text) !== index);
      // a model that reads of an interrupted call makes another one, in a step more
      const lost = isInterrupted ? [] : whole.shapes.filter((shape) => !shapes.includes(shape));
      const more = isInterrupted ? [] : shapes.filter((shape) => !whole.shapes.includes(shape));
      const gaps = numbers.filter((number, index) => number !== index + 1);
      const wrong = { lost, more, gaps, twice: [...twice(sent), ...twice(shapes)] };
      if (facts.output === output && Object.values(wrong).every((list) => list.length === 0)) continue;
      problems.push(
        `${after}: ${JSON.stringify({ ...wrong, output: facts.output, error: facts.error })}`.slice(0, 500),
      );
    }

    expect(whole.facts.output).toBe(output);
    expect(problems).toEqual([]);
    expect(kills).toBeGreaterThan(30);
    expect(interrupted).toBeLessThanOrEqual(8); // four calls may not be made twice, and each is open at two rows at most
  },
  300_000, // some eighty runs
);

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RemoteAgent } from '../../src/agents/remote-agent';
import { type PageServer, servePages } from '../fakes/page-server';
import { startWorkerd, type Workerd } from '../fakes/workerd';

let folder: string;
let deeds: PageServer;
let workerd: Workerd;
/** Deeds that were done, by what and by which call. */
const done: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'killed-'));
  deeds = await servePages((request, response) => {
    const [name = '', n = '', callId = ''] = decodeURIComponent(request.url ?? '')
      .slice(1)
      .split(' ');
    done.push(`${name} ${n} ${callId}`);
    response.end(`${name} of ${n}`);
  });
  workerd = await startWorkerd('test/workerd/killed-process-worker.ts', folder, { env: { DEEDS: deeds.origin } });
});
afterAll(async () => {
  await workerd?.[Symbol.asyncDispose]();
  await deeds?.close();
  await rm(folder, { recursive: true });
});

/** The run as a program sees it; the process of the worker is killed once it has told so many events, and starts again. */
async function playedWith(name: string, killAfter: number) {
  done.length = 0;
  const agent = new RemoteAgent({
    url: workerd.origin,
    agent: name,
    background: true,
    retryBaseMs: 10,
    maxRetries: 50,
  });
  const types: string[] = [];
  const run = agent.stream('Go.');
  let restarted: Promise<void> | undefined;
  let doneBefore = Number.POSITIVE_INFINITY;
  for await (const { type } of run) {
    if (types.push(type) !== killAfter) continue;
    doneBefore = done.length;
    restarted = workerd.restart();
  }
  await restarted;
  const { output, state } = await run.result;
  const sent = done.filter((deed) => deed.startsWith('send'));
  const wasCutOff = done.length > doneBefore;
  return { output, state, types, wasCutOff, twice: sent.filter((deed, index) => sent.indexOf(deed) !== index) };
}

test.each([
  ['calling', 'all done', 1],
  ['coding', 2, 5],
])(
  'a team in six steps, %s, whose whole process is killed in the middle, comes to the same answer %j, killed after every event in turn (one of %i); nothing is sent twice',
  async (name, output, every) => {
    const whole = await playedWith(name, 0);
    const problems: string[] = [];

    let cutOff = 0;
    for (let killAfter = 1; killAfter < whole.types.length; killAfter += every) {
      const played = await playedWith(name, killAfter);
      if (played.wasCutOff) cutOff += 1;
      const isRight =
        played.output === output && played.twice.length === 0 && played.types.length >= whole.types.length;
      if (!isRight) problems.push(`${killAfter}: ${JSON.stringify(played)}`);
    }

    expect(whole).toMatchObject({ output, state: 'success', twice: [] });
    expect(whole.types.length).toBeGreaterThan(30);
    expect(problems).toEqual([]);
    expect(cutOff).toBeGreaterThan(3); // deeds were still to be done in the process that came after
  },
  240_000,
);

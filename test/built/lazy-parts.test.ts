import { afterAll, expect, test } from 'vitest';
import { type AppFiles, bundleApp, pageOf } from '../fakes/app-bundle';
import { servePublic } from '../fakes/public-server';
import { openBrowser } from '../fakes/web-runtimes';
import type { RunName } from '../lazy-parts/page';

const browser = await openBrowser();
afterAll(() => browser?.close());
/** What any run fetches. */
const AGENT = ['execute', 'tool-calling-actor'];
const files = await pageOf(await bundleApp('test/lazy-parts/page.ts'));

test.skipIf(!browser)(
  'a run that calls a tool of the app fetches the loop and how its agent acts, and nothing more',
  async () => {
    const { answer, fetched } = await runInPage('plain');

    expect(answer).toContain('42');
    expect(named(fetched)).toEqual(AGENT);
  },
);

test.skipIf(!browser)('a tool that goes to the web fetches its part, and nothing of the other tools', async () => {
  const { answer, fetched } = await runInPage('searching');

  expect(answer).toContain('The sea rises and falls.');
  expect(named(fetched)).toEqual([...AGENT, 'wikipedia-article']);
});

test.skipIf(!browser)('a tool whose part is gone from the server fails by its name, and the run goes on', async () => {
  const { answer } = await runInPage('searching', without('wikipedia-article'));

  expect(answer).toMatch(
    /wikipedia_search failed: WebAccessError: The part of smolagents-web for wikipedia_search could not be loaded: .*serve all files of one build together/s,
  );
  expect(answer).toMatch(/it rises$/);
});

test.skipIf(!browser)('an agent whose loop is gone from the server does not run, and says why', async () => {
  const { answer } = await runInPage('plain', without('execute'));

  expect(answer).toContain('The part of smolagents-web for running an agent could not be loaded');
});

test.skipIf(!browser).each([
  ['ending', 'execute', 'ToolCallingAgent.run', 'running an agent'],
  ['ending', 'tool-calling-actor', 'ToolCallingAgent.run', 'running an agent'],
  ['remoteEnding', 'connection', 'RemoteAgent.run', 'RemoteAgent'],
] as const)(
  '%s without the file %s has one end, and its root span is ended as failed',
  async (name, part, root, what) => {
    const { answer } = await runInPage(name, without(part));

    const [events = '', spans, failure] = answer.split('\n');
    expect(events.split(', ').filter((type) => type === 'run-end')).toHaveLength(1);
    expect(events).toMatch(/run-end$/);
    expect(spans).toBe(`${root} ERROR`);
    expect(failure).toContain(`The part of smolagents-web for ${what} could not be loaded`);
  },
);

test.skipIf(!browser).each([
  ['ending', 'execute', 'ToolCallingAgent.run ERROR'],
  ['remoteEnding', 'connection', 'RemoteAgent.run ERROR'],
  ['ending', 'otel-scope', ''], // nobody can draw it
] as const)('an abort of %s while the file %s is on its way ends the run', async (name, part, root) => {
  const { answer } = await runInPage(name, files, part);

  const [events, spans, failure] = answer.split('\n');
  expect(events).toMatch(/^(run-start, )?run-end$/);
  expect(spans).toBe(root);
  expect(failure).toContain('enough of it');
});

test.skipIf(!browser)('a model whose part is gone from the server cannot answer, and says why', async () => {
  const { answer } = await runInPage('chatting', without('openai-api'));

  expect(answer).toMatch(
    /^AgentGenerationError: m could not answer: The part of smolagents-web for OpenAIModel could not/,
  );
});

test.skipIf(!browser)(
  'code that has no sandbox to run in, since its files are gone, ends the run and says why',
  async () => {
    const { answer } = await runInPage('coding', without('worker-cells'));

    expect(answer).toContain('The part of smolagents-web for running code could not be loaded');
  },
);

/** The parts apart from what they share. */
function named(fetched: readonly string[]): string[] {
  return fetched.filter((name) => name !== 'chunk');
}

test.skipIf(!browser)(
  'a run whose spans cannot be drawn, since that part is gone, goes on and is told of once',
  async () => {
    const whole = await runInPage('watched');

    const { answer } = await runInPage('watched', without('otel-scope'));

    expect(whole.answer).toMatch(/^4 spans\n/);
    expect(answer).toMatch(/^0 spans\n.*42\n.*the trace of a run could not be started/s);
    expect(answer.match(/drawing spans could not be loaded/g)).toHaveLength(1);
  },
);

function without(part: string): AppFiles {
  const kept = Object.entries(files).filter(([path]) => partOf(path) !== part);
  expect(kept).toHaveLength(Object.keys(files).length - 1);
  return Object.fromEntries(kept);
}

/**
 * What a run came to, and the parts that were fetched for it once the page was ready. It is aborted when it asks for the part
 * that is held back.
 */
async function runInPage(
  name: RunName,
  served: AppFiles = files,
  held?: string,
): Promise<{ answer: string; fetched: string[] }> {
  await using server = await servePublic({ script: [], files: served });
  const page = await browser?.newPage();
  if (!page) throw new Error('there is no browser');
  try {
    await page.goto(server.origin);
    await page.waitForFunction(() => 'runs' in globalThis);
    const fetched: string[] = [];
    page.on('request', (request) => fetched.push(partOf(new URL(request.url()).pathname)));
    await page.route(
      ({ pathname }) => partOf(pathname) === held,
      () => page.evaluate(() => (globalThis as unknown as { abort(): void }).abort()),
    );
    const answer = await page.evaluate((run) => {
      const { runs } = globalThis as unknown as { runs: Record<RunName, () => Promise<string>> };
      return runs[run]();
    }, name);
    return { answer: String(answer), fetched };
  } finally {
    await page.close();
  }
}

/** `/wikipedia-article-A1B2C3D4.js` is `wikipedia-article`: bundlers put a hash of the text behind. */
function partOf(path: string): string {
  return path.replace(/^\//, '').replace(/-[A-Z0-9]{8}\.js$/, '');
}

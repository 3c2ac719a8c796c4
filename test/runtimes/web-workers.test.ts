import { EventEmitter, once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { AgentConfigurationError } from '../../src/errors';
import { WebWorkerExecutor } from '../../src/executors/web-worker';
import { type AppFiles, bundleApp, pageOf } from '../fakes/app-bundle';
import { type PageServer, servePages } from '../fakes/page-server';
import { openBench } from '../fakes/sandbox-bench';
import { openBrowser } from '../fakes/web-runtimes';
import type { SandboxOrder, SandboxPage, SandboxReport } from './sandbox-page';

const browser = await openBrowser(); // where it is missing, `npm test` says so and fails in CI
afterAll(() => browser?.close());

/** Runs for minutes inside one built-in that asks nobody whether it should stop. */
const DODGE = 'let huge = 2n ** 1000000n; for (;;) huge.toString();';
/** The policy of the demo page. */
const STRICT =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self' https: http://localhost:* http://127.0.0.1:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const SCRIPTS = "script-src 'self' 'wasm-unsafe-eval'";

let files: AppFiles;
beforeAll(async () => {
  const sources = {
    '#runtime': './src/runtimes/browser.ts',
    'smolagents-web': './src/index.ts',
  };
  const scripts = await bundleApp('test/runtimes/sandbox-page.ts', { alias: sources });
  files = await pageOf(scripts, 'src');
});

interface Setting {
  policy?: string;
  /** Files that the server does not have. */
  without?: readonly string[];
  /** Policy that the worker's own file is served with, in place of the page's. */
  workerPolicy?: string;
  /** The SDK runs in a Web Worker itself. */
  inWorker?: boolean;
  /** The first request for this file is not answered: `asked` and `closed` are told of it. */
  silent?: { path: string; file: EventEmitter };
}

interface Outcome extends SandboxReport {
  /** Addresses of workers that were started, a blob as `blob`, and of files asked for in vain. */
  workers: string[];
  warnings: string[];
  violations: string[];
  requests: string[];
}

async function inPage(
  setting: Setting,
  order: SandboxOrder,
  meanwhile: (page: Page) => Promise<void> = async () => {},
): Promise<Outcome> {
  const { inWorker = false } = setting;
  await using server = await served(setting);
  const context = await browser?.newContext();
  const page = await context?.newPage();
  if (!page || !context) throw new Error('there is no Chromium');
  const workers: string[] = [];
  const warnings: string[] = [];
  page.on('worker', (worker) =>
    workers.push(
      worker
        .url()
        .replace(server.origin, '')
        .replace(/^blob:.*/, 'blob'),
    ),
  );
  page.on('console', (message) => {
    if (message.type() === 'warning') warnings.push(message.text());
  });
  await page.goto(server.origin);
  await page.waitForFunction(() => 'sandboxPage' in globalThis);
  const playing = page.evaluate(
    ([given, isInWorker]) => {
      const { sandboxPage } = globalThis as unknown as { sandboxPage: SandboxPage };
      return isInWorker ? sandboxPage.playInWorker(given) : sandboxPage.play(given);
    },
    [order, inWorker] as const,
  );
  const [report] = await Promise.all([playing, meanwhile(page)]);
  const violations = await page.evaluate(
    () => (globalThis as unknown as { sandboxPage: SandboxPage }).sandboxPage.violations,
  );
  await context.close();
  return { ...report, workers, warnings, violations, requests: server.requests.map(({ url }) => url ?? '') };
}

async function served({ policy, workerPolicy, without = [], silent }: Setting): Promise<PageServer & AsyncDisposable> {
  let isSilent = silent !== undefined;
  const server = await servePages((request, response) => {
    const path = request.url ?? '';
    if (isSilent && path === silent?.path) {
      isSilent = false;
      response.on('close', () => silent.file.emit('closed'));
      silent.file.emit('asked');
      return;
    }
    const file = without.includes(path) ? undefined : files[path];
    const sent = path === '/sandbox-worker.js' ? (workerPolicy ?? policy) : policy;
    const headers = { ...(sent && { 'content-security-policy': sent }) };
    if (file) response.writeHead(200, { 'content-type': file.type, ...headers }).end(file.body);
    else response.writeHead(404, headers).end();
  });
  return { ...server, [Symbol.asyncDispose]: () => server.close() };
}

const answerOf = (outcome: Outcome) =>
  outcome.outputs.map((steps) => steps.map((one) => (typeof one === 'string' ? one : one.answer?.value)));
/** Whether timers of the page fired while the second step ran. */
const isFree = ({ longestGapMs, wallMs }: Outcome) => longestGapMs < (wallMs[0]?.[1] ?? 0) / 2;
const ADD = { sandboxes: [['final_answer(await add(1, 2))']] };

test('the strict policy is the one of the shared rules', () => {
  const rules = join(process.env.CASES ?? '../shared', 'hazards/rendering.json');

  const shared = existsSync(rules) ? JSON.parse(readFileSync(rules, 'utf8')).format.rules.csp : STRICT;

  expect(STRICT).toBe(shared);
});

describe.skipIf(!browser)('in a real page', () => {
  test('under the strict policy a worker from an address runs the code, without a report and a warning', async () => {
    const outcome = await inPage({ policy: STRICT }, ADD);

    expect(answerOf(outcome)).toEqual([[3]]);
    expect(outcome).toMatchObject({ workers: ['/sandbox-worker.js'], warnings: [], violations: [] });
  });

  test('a guest that dodges the interrupt is stopped, the sandbox goes on from before the step, the page stays free', async () => {
    const steps = ['let kept = 1', `console.log('before'); kept = 3; ${DODGE}`, 'final_answer([kept, typeof huge])'];

    const outcome = await inPage({ policy: STRICT }, { limits: { timeoutMs: 1_500 }, sandboxes: [steps] });

    expect(outcome.outputs[0]?.[1]).toMatchObject({
      logs: 'before\n',
      error: { kind: 'timeout', lostVariables: ['kept', 'huge'] },
    });
    expect(answerOf(outcome)[0]?.[2]).toEqual([1, 'undefined']);
    expect(isFree(outcome)).toBe(true);
    expect(outcome.workers).toEqual(['/sandbox-worker.js', '/sandbox-worker.js']);
  });

  test('an abort ends code that runs, and what comes after it finds a worker', async () => {
    const order = { sandboxes: [['for (;;) {}'], ['for (;;) {}']], abortMs: 100 };

    const { outputs, wallMs } = await inPage({}, order);

    expect(outputs).toEqual([[expect.stringContaining('TimeoutError')], [expect.stringContaining('TimeoutError')]]);
    expect(Math.max(...wallMs.flat())).toBeLessThan(15_000); // the limit of the step is 30 seconds
  });

  test('sandboxes one after the other share one worker', async () => {
    const outcome = await inPage({}, { sandboxes: Array.from({ length: 5 }, () => ['final_answer(await add(1, 2))']) });

    expect(answerOf(outcome)).toEqual(Array.from({ length: 5 }, () => [3]));
    expect(outcome.workers).toEqual(['/sandbox-worker.js']);
  });

  test('where the worker file is missing, a blob worker runs the code', async () => {
    const outcome = await inPage({ without: ['/sandbox-worker.js'] }, ADD);

    expect(answerOf(outcome)).toEqual([[3]]);
    expect(outcome.workers).toContain('blob');
    expect(outcome.warnings).toEqual([]);
  });

  test('where the policy forbids addresses of workers, a blob worker runs the code', async () => {
    const outcome = await inPage({ policy: `${SCRIPTS}; worker-src blob:` }, ADD);

    expect(answerOf(outcome)).toEqual([[3]]);
    expect(outcome).toMatchObject({ workers: ['blob'], warnings: [] });
  });

  test('where the policy forbids all workers, the page runs the code and warns once of what was tried and what to set', async () => {
    const steps = ['let kept = 1', 'kept = 2; for (;;) {}', 'final_answer(kept)'];
    const order = { limits: { timeoutMs: 1_500 }, sandboxes: [steps, ['final_answer(2)']] };

    const outcome = await inPage({ policy: `${SCRIPTS}; worker-src 'none'` }, order);

    expect(outcome.outputs[0]?.[1]).toMatchObject({ error: { kind: 'timeout' } });
    expect([answerOf(outcome)[0]?.[2], answerOf(outcome)[1]?.[0]]).toEqual([1, 2]);
    expect(outcome.workers).toEqual([]);
    const ours = outcome.warnings.filter((warning) => warning.includes('smolagents-web'));
    expect(ours).toHaveLength(1);
    expect(ours[0]).toMatch(/sandbox-worker\.js beside the module: .*policy.*worker-src.*a blob: .*policy.*workerUrl/s);
  });

  test('where the engine and the worker file are missing, the copies in scripts do', async () => {
    const without = ['/quickjs-hardened.wasm', '/sandbox-worker.js'];

    const outcome = await inPage({ without }, ADD);

    expect(answerOf(outcome)).toEqual([[3]]);
    expect(outcome.requests).toEqual(expect.arrayContaining(without));
  });

  test('where the policy refuses WebAssembly, the error says so and what to allow', async () => {
    const outcome = await inPage({ policy: "script-src 'self'" }, ADD);

    expect(outcome.startError).toMatch(/WebAssembly refuses the sandbox engine: .*'wasm-unsafe-eval'/s);
  });

  test('where no file of the engine can be had, the error names both places', async () => {
    const chunks = Object.keys(files).filter((path) => /engine-text/.test(path));

    const outcome = await inPage({ without: ['/quickjs-hardened.wasm', ...chunks] }, ADD);

    expect(outcome.startError).toMatch(/quickjs-hardened\.wasm answered 404; .*new WebWorkerExecutor\(\{ wasm \}\)/s);
  });

  test('a page that takes no plain addresses of scripts runs the code itself, and says why', async () => {
    const outcome = await inPage({ policy: `${SCRIPTS}; require-trusted-types-for 'script'` }, ADD);

    expect(answerOf(outcome)).toEqual([[3]]);
    expect(outcome.warnings.join()).toContain('TrustedScriptURL');
  });

  test('a worker whose own file forbids everything runs the code all the same: the page has compiled the engine', async () => {
    const outcome = await inPage({ policy: STRICT, workerPolicy: "default-src 'none'" }, ADD);

    expect(answerOf(outcome)).toEqual([[3]]);
    expect(outcome).toMatchObject({ workers: ['/sandbox-worker.js'], warnings: [] });
  });

  test('a thousand sandboxes in a row are served by one worker', async () => {
    const outcome = await inPage(
      {},
      { sandboxes: Array.from({ length: 1_000 }, () => ['final_answer(await add(1, 2))']) },
    );

    expect(
      answerOf(outcome)
        .flat()
        .filter((answer) => answer === 3),
    ).toHaveLength(1_000);
    expect(outcome.workers).toEqual(['/sandbox-worker.js']);
  });

  test('the address of a blob is let go when its worker runs', async () => {
    const outcome = await inPage({ without: ['/sandbox-worker.js'] }, ADD);

    expect(outcome).toMatchObject({ blobs: { made: 1, left: 0 } });
  });

  test('an abort while a blob worker starts ends the start, and lets go of the address', async () => {
    const order: SandboxOrder = { sandboxes: [['final_answer(1)']], abortStart: 'at-blob' };

    const outcome = await inPage({ without: ['/sandbox-worker.js'] }, order);

    expect(outcome.outputs).toEqual([['Error: enough of it']]);
    expect(outcome).toMatchObject({ blobs: { made: 1, left: 0 }, warnings: [] });
  });

  test.each([
    ['/sandbox-worker.js', {}],
    ['/quickjs-hardened.wasm', {}],
    ['/elsewhere.js', { workerUrl: '/elsewhere.js' }],
  ])(
    'an abort while %s is on its way ends the start and the request, and nothing else is tried',
    async (path, options) => {
      const file = new EventEmitter();
      const asked = once(file, 'asked');
      const closed = once(file, 'closed');
      const order: SandboxOrder = { options, sandboxes: [['final_answer(1)']], abortStart: 'when-told' };

      const outcome = await inPage({ silent: { path, file } }, order, async (page) => {
        await asked;
        await page.evaluate(() => (globalThis as unknown as { sandboxPage: SandboxPage }).sandboxPage.abortStart());
        await closed; // the page is still there
      });

      expect(outcome.outputs).toEqual([['Error: enough of it']]);
      expect(outcome).toMatchObject({ blobs: { made: 0, left: 0 }, warnings: [], workers: [] });
      expect(outcome.requests.filter((url) => url === path)).toHaveLength(1);
    },
  );

  test('where the policy forbids requests, the worker starts all the same', async () => {
    const policy = `${SCRIPTS}; worker-src 'self'; connect-src 'none'`;

    const outcome = await inPage({ policy }, ADD);

    expect(answerOf(outcome)).toEqual([[3]]);
    expect(outcome.workers).toEqual(['/sandbox-worker.js']);
  });

  test('a worker is started from the address that was set', async () => {
    files['/elsewhere.js'] = files['/sandbox-worker.js'] ?? { type: '', body: '' };

    const outcome = await inPage({ policy: STRICT }, { ...ADD, options: { workerUrl: '/elsewhere.js' } });

    expect(answerOf(outcome)).toEqual([[3]]);
    expect(outcome.workers).toEqual(['/elsewhere.js']);
  });

  test('a file that is no worker of ours counts as one that does not start', async () => {
    files['/other.js'] = { type: 'text/javascript', body: "throw new Error('not this one')" };

    const outcome = await inPage(
      { policy: `${SCRIPTS}; worker-src 'self'` },
      { ...ADD, options: { workerUrl: '/other.js' } },
    );

    expect(answerOf(outcome)).toEqual([[3]]);
    expect(outcome.warnings.join()).toContain('workerUrl, /other.js: Uncaught Error: not this one');
  });

  test('an SDK that runs in a Web Worker starts workers of its own there', async () => {
    const steps = ['let kept = 1', DODGE, 'final_answer([kept, await add(1, 2)])'];

    const outcome = await inPage(
      { policy: STRICT, inWorker: true },
      { limits: { timeoutMs: 1_500 }, sandboxes: [steps] },
    );

    expect(outcome.outputs[0]?.[1]).toMatchObject({ error: { kind: 'timeout' } });
    expect(answerOf(outcome)[0]?.[2]).toEqual([1, 3]);
    expect(outcome.requests.filter((path) => path === '/sandbox-worker.js').length).toBeGreaterThan(0);
    expect(isFree(outcome)).toBe(true);
  });
});

test('where there are no Web Workers at all, the code runs in this thread, and a warning says so', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  const executor = new WebWorkerExecutor();

  const first = await openBench({ executor, tools: { add: () => 3 } });
  const second = await openBench({ executor });

  expect((await first.run('final_answer(await add(1, 2))')).answer).toEqual({ value: 3 });
  expect((await second.run('final_answer(4)')).answer).toEqual({ value: 4 });
  const said = expect.stringMatching(/this runtime has no Web Workers\. Leave `executor` out of the agent: .* in Node/);
  expect(warn.mock.calls).toEqual([[said]]);
  expect(String(warn.mock.calls)).not.toContain('content policy');
});

test('bad options are refused by name', () => {
  expect(() => new WebWorkerExecutor({ graceMs: -1 })).toThrow('graceMs is -1');
  expect(() => new WebWorkerExecutor({ maxIdleThreads: Number.NaN })).toThrow('maxIdleThreads is NaN');
  expect(() => Reflect.construct(WebWorkerExecutor, [{ workerUrl: 3 }])).toThrow('workerUrl is 3');
  expect(() => Reflect.construct(WebWorkerExecutor, [{ speed: 1 }])).toThrow(AgentConfigurationError);
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { localWebFetch } from '../../demo/fixtures/local-web';
import { Printer } from '../../demo/printer';
import { makeManager, QUESTION } from '../../demo/program';
import { type ExampleWorld, runExample } from '../../demo/run-example';
import { Tracing } from '../../demo/tracing';
import { call, code, finalAnswer, recordRun, scriptedModel, writeRunFile } from '../../src/testing';
import type { Fetch } from '../../src/web/fetch';

const noFetch: Fetch = () => Promise.reject(new TypeError('no network in this test'));

/** A recording of a run with four spans. */
async function recorded(): Promise<Pick<ExampleWorld, 'readRecording'>> {
  const model = scriptedModel(code('final_answer(1);'));
  const file = writeRunFile(await recordRun(makeManager(model), QUESTION, { fetch: noFetch }));
  return { readRecording: async () => JSON.parse(JSON.stringify(file)) };
}

/** A world that keeps what was printed and complained of. */
function world(words: string[], given: Partial<ExampleWorld> = {}) {
  const printed: string[] = [];
  const complaints: string[] = [];
  const all: ExampleWorld = {
    words,
    environment: {},
    terminal: { write: (text) => void printed.push(text), isTerminal: false, colours: false, now: () => 0 },
    complain: (text) => void complaints.push(text),
    readRecording: () => Promise.reject(new Error('there is no recording in this test')),
    fetch: noFetch,
    signal: new AbortController().signal,
    ...given,
  };
  return { all, text: () => printed.join(''), complaints: () => complaints.join('\n') };
}

test('without a model a recording is replayed, and the first line says so', async () => {
  const model = scriptedModel(
    code('console.log(await managed_agent({ task: "Growth of the US in 2024?" }));'),
    call('web_search', { query: 'US GDP growth 2024' }),
    finalAnswer('2.8 percent'),
    code('final_answer(Math.round((Math.log(2) / Math.log(1.028)) * 10) / 10);'),
  );
  const file = writeRunFile(await recordRun(makeManager(model), QUESTION, { fetch: localWebFetch(noFetch) }));
  const { all, text } = world([], { readRecording: async () => JSON.parse(JSON.stringify(file)) });

  const exitCode = await runExample(all);

  expect(text().split('\n')[0]).toMatch(/^This is a recording: model scripted, \d{4}-/);
  expect(text()).toContain('\n    managed_agent, step 1\n      Call: web_search({"query":"US GDP growth 2024"})');
  expect(text()).toContain('grew by 2.8 percent in 2024');
  expect(text()).toContain('Answer: 25.1');
  expect(exitCode).toBe(0);
});

test('the spans of the run are printed as a tree, with durations and tokens', async () => {
  const model = scriptedModel(code('final_answer(await managed_agent({ task: "Growth?" }));'), {
    ...finalAnswer('2.8 percent'),
    usage: { inputTokens: 125, outputTokens: 16 },
  });
  const file = writeRunFile(await recordRun(makeManager(model), QUESTION, { fetch: noFetch }));
  const { all, text } = world([], { readRecording: async () => JSON.parse(JSON.stringify(file)) });

  await runExample(all);

  const tree = text().split('\nTrace:\n')[1]?.split('\n') ?? [];
  expect(tree.map((line) => line.slice(0, 58).trimEnd())).toEqual([
    '  CodeAgent.run                                      AGENT',
    '    Step 1                                           CHAIN',
    expect.stringMatching(/^ {6}\w+\.generate_stream +LLM$/),
    '      managed_agent.run                              AGENT',
    '        Step 1                                       CHAIN',
    expect.stringMatching(/^ {10}\w+\.generate_stream +LLM$/),
    '          FinalAnswerTool                            TOOL',
    '      FinalAnswerTool                                TOOL',
    '',
  ]);
  expect(tree[5]).toMatch(/ \d+\.\d\d s {2}125 tokens in, 16 out$/);
});

test('with a collector the trace is sent, and the link to it in Phoenix is printed', async () => {
  const model = scriptedModel(code('final_answer(1);'));
  const file = writeRunFile(await recordRun(makeManager(model), QUESTION, { fetch: noFetch }));
  const sent: string[] = [];
  const collector: Fetch = async (input) => {
    sent.push(new Request(input).url);
    return new Response();
  };
  const words = ['--otlp', 'http://127.0.0.1:6006/v1/traces'];
  const { all, text } = world(words, { readRecording: async () => JSON.parse(JSON.stringify(file)), fetch: collector });

  await runExample(all);

  expect(sent).toEqual(['http://127.0.0.1:6006/v1/traces']);
  expect(text()).toMatch(/\nTrace: http:\/\/127\.0\.0\.1:6006\/redirects\/traces\/[0-9a-f]{32}\n$/);
});

test.each<[string, Fetch, string]>([
  [
    'refuses the address',
    async () => new Response(null, { status: 405 }),
    'it answered 405. Phoenix takes traces at /v1/traces.',
  ],
  ['wants a key', async () => new Response(null, { status: 401 }), 'it answered 401. PHOENIX_API_KEY must hold a key'],
  [
    'takes no protobuf',
    async () => new Response(null, { status: 415 }),
    'it answered 415. It does not take OTLP as protobuf.',
  ],
])('a collector that %s is told of, with the spans that are lost and the tree', async (_, fetch, why) => {
  const { all, text } = world(['--otlp', 'http://127.0.0.1:6006/v1/traces'], { ...(await recorded()), fetch });

  const exitCode = await runExample(all);

  expect(text()).toContain(`\n4 of 4 spans did not reach http://127.0.0.1:6006/v1/traces, and are lost: ${why}`);
  expect(text()).toContain('    Step 1 ');
  expect(text()).not.toContain('Trace:');
  expect(exitCode).toBe(0);
});

test('a collector that is not there is told of with the reason', async () => {
  const cause = new Error('connect ECONNREFUSED 127.0.0.1:6006');
  const away: Fetch = () => Promise.reject(new TypeError('fetch failed', { cause }));
  const url = 'http://127.0.0.1:6006/v1/traces';
  const tracing = new Tracing({ url, key: undefined, timeoutMs: 1_000 }, away);
  await makeManager(scriptedModel(code('final_answer(1);'))).run(QUESTION);

  const text = await tracing.end();

  expect(text).toContain(
    `\n4 of 4 spans did not reach ${url}, and are lost: ${cause.message}. Is the collector running?`,
  );
});

test('the key of the environment goes to the collector, and is not printed', async () => {
  const sent: (string | null)[] = [];
  const fetch: Fetch = async (input, init) => {
    sent.push(new Request(input, init).headers.get('authorization'));
    return new Response(null, { status: 403 });
  };
  const environment = { PHOENIX_API_KEY: 'key-of-phoenix' };
  const { all, text } = world(['--otlp', 'http://127.0.0.1:6006/v1/traces'], {
    ...(await recorded()),
    environment,
    fetch,
  });

  await runExample(all);

  expect(sent).toEqual(['Bearer key-of-phoenix']);
  expect(text()).not.toContain('key-of-phoenix');
});

test.each([
  ['nonsense', '--otlp is "nonsense", must be an address'],
  ['http://[', '--otlp is "http://[", must be an address'],
  ['http://ada:word@127.0.0.1:6006/v1/traces', '--otlp holds a user name or password'],
])('--otlp %s is refused before anything runs', async (otlp, why) => {
  const { all, text, complaints } = world(['--otlp', otlp]);

  expect(await runExample(all)).toBe(2);
  expect(complaints()).toContain(why);
  expect(complaints() + text()).not.toContain('word@');
});

test('another question without a model is refused with what to set', async () => {
  const { all, complaints } = world(['Why is the sky blue?']);

  expect(await runExample(all)).toBe(2);
  expect(complaints()).toContain('HF_TOKEN');
});

test.each([
  [401, 'add --key-from NAME'],
  [404, 'does not know the model "tiny"'],
])('a server that answers %i is explained with what to do next', async (status, advice) => {
  await using server = await answering(status);
  const { all, complaints } = world(['--endpoint', server.address, '--model', 'tiny'], { fetch });

  expect(await runExample(all)).toBe(1);
  expect(complaints()).toContain(advice);
});

test('a key is taken from the variable that is named, and a variable that is not set is refused', async () => {
  const { all, complaints } = world(['--endpoint', 'http://127.0.0.1:1/v1', '--model', 'tiny', '--key-from', 'MY_KEY']);

  expect(await runExample(all)).toBe(2);
  expect(complaints()).toContain('MY_KEY, which is not set');
});

test('a run that is stopped says so and ends with the exit code of an interrupt', async () => {
  const stop = new AbortController();
  const hanging: Fetch = (_, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      stop.abort(new Error('stopped by Ctrl-C'));
    });
  const { all, text } = world(['--endpoint', 'http://127.0.0.1:1/v1', '--model', 'tiny'], {
    fetch: hanging,
    signal: stop.signal,
  });

  expect(await runExample(all)).toBe(130);
  expect(text()).toContain('(state: interrupted)');
});

test('progress is one line that is written over in a terminal, and nothing in a pipe', () => {
  const print = (isTerminal: boolean) => {
    const printed: string[] = [];
    let now = 0;
    const printer = new Printer({
      write: (text) => void printed.push(text),
      isTerminal,
      colours: false,
      now: () => now,
    });
    printer.print({ type: 'run-start', task: 'Count.', path: ['CodeAgent'], runId: 'r' });
    now = 3_000;
    printer.tick();
    printer.tick();
    printer.stop();
    return printed.join('');
  };

  expect(print(true)).toBe(
    'Task: Count.\n\r\u001b[2K... CodeAgent waits for the model, 3 s\r\u001b[2K... CodeAgent waits for the model, 3 s\r\u001b[2K',
  );
  expect(print(false)).toBe('Task: Count.\n');
});

async function answering(status: number) {
  const server = createServer((_, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/v1`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a recording into a folder that does not exist is refused before a model is asked', async () => {
  const { all, text, complaints } = world(['--record', 'test/no-such-folder/run.json'], {
    environment: { HF_TOKEN: 'hf_x' },
  });

  expect(await runExample(all)).toBe(2);
  expect(complaints()).toContain('"test/no-such-folder" is none');
  expect(text()).toBe('');
});

test('control characters of models and pages are spelled out, never sent to the terminal', async () => {
  const evil = 'red\u001b[2J\u009b31m\u0007 tab\there\r\nnext';
  const { all, text } = world([]);
  const printer = new Printer(all.terminal);

  printer.print({ type: 'run-start', task: evil, path: ['agent'], runId: 'r' });
  const call = { id: 'c', name: evil, arguments: {} };
  printer.print({ type: 'tool-call', call, path: ['agent'], runId: 'r', step: 1 });
  printer.print({ type: 'final-answer', output: evil, path: ['agent'], runId: 'r' });

  expect(text()).not.toMatch(/(?![\n\t])\p{Cc}/u);
  expect(text()).toContain('Task: red\\x1b[2J\\x9b31m\\x07 tab\there\nnext');
  expect(text()).toContain('Answer: red\\x1b[2J');
});

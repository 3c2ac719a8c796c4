import { expect, test } from 'vitest';
import { AgentConfigurationError } from '../../src/errors';
import type { CodeOutput, Executor, SandboxOptions } from '../../src/executors/executor';
import { DuckDuckGoSearchTool } from '../../src/tools/duckduckgo';
import { FinalAnswerTool } from '../../src/tools/final-answer';
import { JavaScriptInterpreterTool } from '../../src/tools/javascript-interpreter';
import { checkTool } from '../../src/tools/tool';
import { UserInputTool } from '../../src/tools/user-input';
import { VisitWebpageTool } from '../../src/tools/visit-webpage';
import { WikipediaSearchTool } from '../../src/tools/wikipedia';
import { servePages } from '../fakes/page-server';
import { toolHandle } from '../fakes/tool-handle';

test('every built-in tool is one that a model can be told of', () => {
  const tools = [
    new FinalAnswerTool(),
    new DuckDuckGoSearchTool(),
    new VisitWebpageTool(),
    new WikipediaSearchTool(),
    new UserInputTool({ ask: () => '' }),
    new JavaScriptInterpreterTool(),
  ];

  for (const each of tools) expect(() => checkTool(each)).not.toThrow();
  expect(tools.map(({ name, spanName }) => [name, spanName])).toEqual([
    ['final_answer', 'FinalAnswerTool'],
    ['web_search', 'DuckDuckGoSearchTool'],
    ['visit_webpage', 'VisitWebpageTool'],
    ['wikipedia_search', 'WikipediaSearchTool'],
    ['user_input', 'UserInputTool'],
    ['javascript_interpreter', 'JavaScriptInterpreterTool'],
  ]);
});

test.each([0, false, '', null])('%j is an answer', (answer) => {
  expect(new FinalAnswerTool().execute({ answer })).toBe(answer);
});

test('the user is asked and the reply is given; an abort ends the waiting', async () => {
  const abort = new AbortController();
  const asked: string[] = [];
  const quick = new UserInputTool({ ask: async (question) => `re: ${question}` });
  const never = new UserInputTool({
    ask: (question) => {
      asked.push(question);
      abort.abort(new Error('left'));
      return new Promise(() => {});
    },
  });

  expect(await quick.execute({ question: 'How deep?' }, toolHandle())).toBe('re: How deep?');
  await expect(never.execute({ question: 'When?' }, toolHandle({ signal: abort.signal }))).rejects.toThrow('left');
  expect(asked).toEqual(['When?']);
});

test('a user tool without anybody to ask at once has a question for later; what is no function is refused', async () => {
  const tool = new UserInputTool();

  expect(tool.question?.({ question: 'Why?' })).toBe('Why?');
  expect(new UserInputTool({ ask: () => '' }).question).toBeUndefined();
  await expect(tool.execute({ question: 'Why?' }, toolHandle())).rejects.toThrow('nobody can be asked');
  expect(() => Reflect.construct(UserInputTool, [{ ask: 1 }])).toThrow('ask is 1');
});

test.each([null, 5])('%j in the place of a tool’s options is refused by name and value', (options) => {
  const given = `was given ${options}, must be an object of options`;

  expect(() => Reflect.construct(UserInputTool, [options])).toThrow(`UserInputTool ${given}`);
  for (const Made of [DuckDuckGoSearchTool, VisitWebpageTool, WikipediaSearchTool, JavaScriptInterpreterTool])
    expect(() => Reflect.construct(Made, [options])).toThrow(`${Made.name} ${given}`);
});

test.each<[object, string]>([
  [{ timeoutMs: 2 ** 31 }, 'timeoutMs is 2147483648, must be a whole number from 1 to 2147483647'],
  [{ timeoutMs: null }, 'timeoutMs is null'],
  [{ allowHosts: 'a.test' }, 'allowHosts is "a.test", must be a list'],
  [{ resolve: 'dns' }, 'resolve is "dns", must be a function'],
  [{ connect: {} }, 'connect is an object, must be a function'],
  [{ userAgent: 'a\r\nb: c' }, 'userAgent is "a\\r\\nb: c", must be a text without line breaks'],
])('the web options %j are refused by every tool that goes to the web', (options, message) => {
  for (const Made of [DuckDuckGoSearchTool, VisitWebpageTool, WikipediaSearchTool]) {
    const make = () => Reflect.construct(Made, [options]);

    expect(make).toThrow(AgentConfigurationError);
    expect(make).toThrow(`${Made.name}: ${message}`);
  }
});

test.each<[string, string]>([
  ['proxy.test', '"proxy.test", must be an http'],
  ['ftp://me:pass@proxy.test', '"…@proxy.test", must be an http'],
  ['https://me:pass@proxy.test', '"…@proxy.test", must be without user name and password'],
  ['https://proxy.test/?key=secret', '"https://proxy.test/…", must be an address without query'],
  ['//proxy.test', '"//proxy.test", must be an http'],
])('the proxy %s is refused by its value, without what may be secret', (proxy, message) => {
  expect(() => new VisitWebpageTool({ proxy })).toThrow(`VisitWebpageTool: proxy is ${message}`);
});

test.each<[object, string]>([
  [
    { limits: { timeoutMs: 2 ** 30 + 1 } },
    'limits.timeoutMs is 1073741825, must be a whole number from 1 to 1073741824',
  ],
  [{ limits: { memoryBytes: 'all' } }, 'limits.memoryBytes is "all"'],
  [{ executor: {} }, 'executor is an object, must be an executor'],
  [{ modules: { one: 1 } }, 'modules.one is 1, must be JavaScript module source'],
  [{ modules: 'one' }, 'modules is "one", must be an object'],
])('the interpreter refuses %j when it is made', (options, message) => {
  expect(() => Reflect.construct(JavaScriptInterpreterTool, [options])).toThrow(
    `JavaScriptInterpreterTool: ${message}`,
  );
});

test('Wikipedia is looked up like every other host, and refused where its name leads inside', async () => {
  const tool = new WikipediaSearchTool({ resolve: async () => ['10.0.0.1'] });

  await expect(tool.execute({ query: 'tides' }, toolHandle())).rejects.toThrow(
    /resolves to an address that is not public/,
  );
});

test('Wikipedia gives title, text and address of the best article, which is then known to the run', async () => {
  const server = await servePages((_, response) => {
    const pages = [{ pageid: 1, title: 'Tide table', index: 1, extract: 'Tides rise.\u0007\n\n== More ==\nAnd fall.' }];
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ query: { pages } }));
  });

  const tool = new WikipediaSearchTool({ language: 'de', contentType: 'summary', userAgent: 'tests (me@example.org)' });
  const handle = toolHandle({ fetch: server.fetch });
  const text = await tool.execute({ query: 'tides' }, handle);
  await server.close();

  expect(handle.addresses.found).toEqual(['https://de.wikipedia.org/wiki/Tide_table']);
  expect(text).toBe(
    '# Tide table\n\nTides rise.\n\n== More ==\nAnd fall.\n\nSource: https://de.wikipedia.org/wiki/Tide_table',
  );
  expect(server.requests[0]?.headers).toMatchObject({
    'x-host': 'de.wikipedia.org',
    'api-user-agent': 'tests (me@example.org)',
  });
  expect(server.requests[0]?.url).toMatch(/origin=\*.*gsrsearch=tides.*exintro=1/);
});

test('a topic that Wikipedia does not know is told so', async () => {
  const fetch = async () =>
    new Response('{"batchcomplete": true}', { headers: { 'content-type': 'application/json' } });

  expect(await new WikipediaSearchTool().execute({ query: 'qwxz' }, toolHandle({ fetch }))).toContain(
    'No article was found for "qwxz"',
  );
});

/** A sandbox that gives one output, and keeps what it was asked. */
function executorGiving(output: Partial<CodeOutput>) {
  const opened: SandboxOptions[] = [];
  const events: string[] = [];
  const executor: Executor = {
    async open(options) {
      opened.push(options);
      return {
        run: async (code) => {
          events.push(code);
          return { logs: '', printedLast: false, unawaited: [], ...output };
        },
        resume: () => Promise.reject(new Error('not here')),
        define: async () => [],
        snapshot: async () => new Uint8Array(0),
        fork: () => Promise.reject(new Error('not here')),
        [Symbol.asyncDispose]: async () => {
          events.push('disposed');
        },
      };
    },
  };
  return { executor, opened, events };
}

test('code runs in a sandbox of its own with no functions, and what it printed and gave is told', async () => {
  const { executor, opened, events } = executorGiving({ logs: 'hi\n', value: { a: [1n, new Set([2]), Number.NaN] } });
  const tool = new JavaScriptInterpreterTool({ executor, limits: { timeoutMs: 50 } });

  const text = await tool.execute({ code: '1' }, toolHandle());

  expect(text).toBe('Stdout:\nhi\n\nOutput: {"a":["1n",[2],"NaN"]}');
  expect(opened[0]).toMatchObject({ functions: [], limits: { timeoutMs: 50, maxCalls: 1000 } });
  expect(events).toEqual(['1', 'disposed']);
});

test('code that failed is an error with its line and what was printed before, and the sandbox is given back', async () => {
  const error = {
    kind: 'error',
    name: 'TypeError',
    message: 'x is null',
    line: 2,
    source: ' x.y',
    lostVariables: [],
  } as const;
  const { executor, events } = executorGiving({ logs: 'before', error });

  const run = new JavaScriptInterpreterTool({ executor }).execute({ code: 'x' }, toolHandle());

  await expect(run).rejects.toThrow('TypeError: x is null (line 2: x.y)\nStdout:\nbefore');
  expect(events).toEqual(['x', 'disposed']);
});

test('an interpreter that is aborted while its sandbox opens lets go of it at once', async () => {
  const executor: Executor = {
    open: ({ signal }) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true })),
  };
  const abort = new AbortController();

  const run = new JavaScriptInterpreterTool({ executor }).execute({ code: '1' }, toolHandle({ signal: abort.signal }));
  abort.abort('enough');

  await expect(run).rejects.toBe('enough');
});

test('limits that no sandbox has are refused when the tool is made', () => {
  expect(() => Reflect.construct(JavaScriptInterpreterTool, [{ limits: { seconds: 3 } }])).toThrow('`seconds`');
});

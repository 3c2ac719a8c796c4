import { expect, test } from 'vitest';
import { CodeAgent, type Model, type RunOptions, ToolCallingAgent, tool } from '../../src/index';
import { runWatcher } from '../../src/telemetry/index';
import { scriptedModel } from '../../src/testing/index';
import { tracing } from '../fakes/tracing';

const answer = { toolCalls: [{ name: 'final_answer', arguments: { answer: 'done' } }] };
const wait = tool({
  name: 'wait',
  description: 'Waits for ever.',
  inputs: {},
  execute: (_args, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
});
const waits = { toolCalls: [{ name: 'wait', arguments: {} }] };

/** Starts a run of its own and gets it to its end, however that is. */
type Ending = (options: Pick<RunOptions, 'telemetry'>) => Promise<unknown>;

const endings: [string, Ending][] = [
  [
    'a model that fails',
    (options) => new ToolCallingAgent({ model: scriptedModel({ failure: new Error('no') }) }).run('x', options),
  ],
  ['a model that throws at once', (options) => new ToolCallingAgent({ model: throwing }).run('x', options)],
  [
    'a prompt that throws',
    (options) =>
      new ToolCallingAgent({
        model: scriptedModel(answer),
        promptTemplates: {
          systemPrompt: () => {
            throw new Error('no prompt');
          },
        },
      }).run('x', options),
  ],
  [
    'a step callback that throws',
    (options) =>
      new ToolCallingAgent({
        model: scriptedModel(answer),
        stepCallbacks: [
          () => {
            throw new Error('no callback');
          },
        ],
      }).run('x', options),
  ],
  [
    'an abort while a tool runs',
    async (options) => {
      const aborter = new AbortController();
      const agent = new ToolCallingAgent({ model: scriptedModel(waits), tools: [wait] });
      const run = agent.stream('x', { ...options, signal: aborter.signal });
      for await (const event of run) if (event.type === 'tool-call') setTimeout(() => aborter.abort('enough'), 0);
    },
  ],
  [
    'a reader who leaves',
    async (options) => {
      const run = new ToolCallingAgent({ model: scriptedModel(waits), tools: [wait] }).stream('x', options);
      for await (const event of run) if (event.type === 'tool-call') break;
    },
  ],
  [
    'a run that is disposed of',
    async (options) => {
      const run = new ToolCallingAgent({ model: scriptedModel(waits), tools: [wait] }).stream('x', options);
      await run[Symbol.asyncIterator]().next();
      await run[Symbol.asyncDispose]();
    },
  ],
  [
    'an abort inside a managed agent of code',
    async (options) => {
      const helper = new ToolCallingAgent({
        model: scriptedModel(waits),
        tools: [wait],
        name: 'helper',
        description: 'Helps.',
      });
      const model = scriptedModel({ content: '<code>\nawait helper({ task: "x" })\n</code>' });
      const aborter = new AbortController();
      const run = new CodeAgent({ model, managedAgents: [helper] }).stream('x', { ...options, signal: aborter.signal });
      for await (const event of run)
        if (event.type === 'tool-call' && event.call.name === 'wait') setTimeout(() => aborter.abort('enough'), 0);
    },
  ],
];

test.each(endings)('%s leaves one root, ended and failed, and no span under way', async (_what, ending) => {
  const traced = tracing();
  const started: string[] = [];
  const { tracerProvider } = traced;
  const counting = {
    getTracer: (...given: Parameters<typeof tracerProvider.getTracer>) => {
      const tracer = tracerProvider.getTracer(...given);
      return Object.assign(Object.create(tracer), {
        startSpan: (...args: Parameters<typeof tracer.startSpan>) => {
          started.push(args[0]);
          return tracer.startSpan(...args);
        },
      });
    },
  };

  await ending({ telemetry: runWatcher({ tracerProvider: counting }) }).catch(() => {});

  const roots = traced.spans().filter((span) => !span.parentSpanContext);
  expect(roots.map(({ status }) => status.code)).toEqual([2]);
  expect(roots[0]?.events.map(({ name }) => name)).toEqual(['exception']);
  expect(traced.spans()).toHaveLength(started.length);
  expect(traced.paths().filter((path) => path.startsWith('lost'))).toEqual([]);
});

test('a run that is never read leaves no span', async () => {
  const traced = tracing();

  new ToolCallingAgent({ model: scriptedModel(answer) }).stream('x', {
    telemetry: runWatcher({ tracerProvider: traced.tracerProvider }),
  });
  await new Promise((resolve) => setTimeout(resolve, 0));

  expect(traced.spans()).toEqual([]);
});

test('a provider that fails is no matter of the run', async () => {
  const broken = {
    getTracer: () => {
      throw new Error('no tracer');
    },
  };

  const given = await new ToolCallingAgent({ model: scriptedModel(answer) }).run('x', {
    telemetry: runWatcher({ tracerProvider: broken }),
  });

  expect(given).toBe('done');
});

const throwing: Model = {
  modelId: 'thrower',
  generate: () => {
    throw new TypeError('not today');
  },
};

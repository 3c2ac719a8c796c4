import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { StackContextManager } from '@opentelemetry/sdk-trace-web';
import { afterEach, expect, test } from 'vitest';
import { AgentConfigurationError, ToolCallingAgent, tool } from '../../src/index';
import {
  runWatcher,
  SmolagentsInstrumentor,
  suppressTracing,
  usingAttributes,
  usingSession,
  withFacts,
} from '../../src/telemetry/index';
import { scriptedModel, servePages } from '../../src/testing/index';
import { tracing } from '../fakes/tracing';

const instrumentor = new SmolagentsInstrumentor();

afterEach(() => {
  instrumentor.uninstrument();
  context.disable();
  propagation.disable();
});

const answer = { toolCalls: [{ name: 'final_answer', arguments: { answer: 'done' } }] };
const agent = () => new ToolCallingAgent({ model: scriptedModel(answer) });

test('runs are traced from instrument() until uninstrument()', async () => {
  const { tracerProvider, paths } = tracing();

  await agent().run('before');
  instrumentor.instrument({ tracerProvider });
  await agent().run('between');
  instrumentor.uninstrument();
  await agent().run('after');

  const run = 'ToolCallingAgent.run';
  const step = `${run} > Step 1`;
  expect(paths()).toEqual([run, step, `${step} > FinalAnswerTool`, `${step} > ScriptedModel.generate`]);
});

test('the telemetry option of a run takes the place of what watches all runs, and false of both', async () => {
  const [all, own] = [tracing(), tracing()];
  instrumentor.instrument({ tracerProvider: all.tracerProvider });

  await agent().run('mine', { telemetry: runWatcher({ tracerProvider: own.tracerProvider }) });
  await agent().run('nobody sees this', { telemetry: false });

  expect(all.spans()).toEqual([]);
  expect(own.named('ToolCallingAgent.run')).toHaveLength(1);
});

test('facts of a run stand on every span: entered around the call, without any context manager', async () => {
  const { tracerProvider, spans } = tracing();
  instrumentor.instrument({ tracerProvider });

  await usingAttributes({ sessionId: 's-1', tags: ['a', 'b'], metadata: { team: 'web' } }, () => agent().run('x'));
  const promptTemplate = { template: 'Say {x}', version: 'v2', variables: { x: 'hello' } };
  await agent().run('y', { telemetry: instrumentor.forRun({ userId: 'ada', promptTemplate }) });
  await agent().run('z');

  const facts = spans().map(({ attributes }) => [attributes['session.id'], attributes['user.id']]);
  expect(facts).toEqual([
    ...Array(4).fill(['s-1', undefined]),
    ...Array(4).fill([undefined, 'ada']),
    ...Array(4).fill([undefined, undefined]),
  ]);
  expect(spans()[0]?.attributes).toMatchObject({ 'tag.tags': ['a', 'b'], metadata: '{"team":"web"}' });
  expect(spans()[4]?.attributes).toMatchObject({
    'llm.prompt_template.template': 'Say {x}',
    'llm.prompt_template.version': 'v2',
    'llm.prompt_template.variables': '{"x":"hello"}',
  });
});

test('facts do not stay when the function that they were entered around is over', async () => {
  const { tracerProvider, spans } = tracing();
  instrumentor.instrument({ tracerProvider });

  const inside = usingSession('s-1', () => agent().run('x'));
  await agent().run('y');
  await inside;

  const sessions = spans()
    .filter(({ name }) => name.endsWith('.run'))
    .map(({ attributes }) => attributes['session.id']);
  expect(sessions.toSorted()).toEqual(['s-1', undefined]);
});

test('a run is the child of the span that is active where it is called, also when its events are read later', async () => {
  context.setGlobalContextManager(new StackContextManager());
  const { tracerProvider, paths } = tracing();
  instrumentor.instrument({ tracerProvider });
  const request = tracerProvider.getTracer('app').startSpan('GET /ask', {}, ROOT_CONTEXT);

  const run = context.with(trace.setSpan(ROOT_CONTEXT, request), () => agent().stream('x'));
  for await (const _ of run) await new Promise((resolve) => setTimeout(resolve, 0));
  request.end();

  expect(paths()).toContain('GET /ask > ToolCallingAgent.run > Step 1 > FinalAnswerTool');
});

test('a parent that is given by hand wins over what is ambient', async () => {
  const { tracerProvider, paths, spans } = tracing();
  const parent = tracerProvider.getTracer('app').startSpan('mine', {}, ROOT_CONTEXT);
  const given = withFacts(trace.setSpan(ROOT_CONTEXT, parent), { sessionId: 's-9' });

  await agent().run('x', { telemetry: runWatcher({ tracerProvider, context: given }) });
  parent.end();

  expect(paths()).toContain('mine > ToolCallingAgent.run');
  expect(spans()[0]?.attributes['session.id']).toBe('s-9');
});

test('suppressed runs leave no spans and give the same answer', async () => {
  const { tracerProvider, spans } = tracing();
  instrumentor.instrument({ tracerProvider });

  const given = await suppressTracing(() => agent().run('x'));

  expect(given).toBe('done');
  expect(spans()).toEqual([]);
});

test('a function of the app sees the scope around it as the active one', async () => {
  context.setGlobalContextManager(new StackContextManager());
  const { tracerProvider, spans } = tracing();
  const seen: Record<string, string | undefined> = {};
  const note = (who: string) => {
    seen[who] = trace.getActiveSpan()?.spanContext().spanId;
    return true;
  };
  const look = tool({ name: 'look', description: 'Looks.', inputs: {}, execute: () => note('look') });
  const model = scriptedModel({ toolCalls: [{ name: 'look', arguments: {} }] }, answer);
  const watched = new ToolCallingAgent({
    model,
    tools: [look],
    stepCallbacks: [() => void note('callback')],
    finalAnswerChecks: [() => note('check')],
  });

  await watched.run('x', { telemetry: runWatcher({ tracerProvider }) });

  const idOf = (name: string) =>
    spans()
      .find((span) => span.name === name)
      ?.spanContext().spanId;
  const run = idOf('ToolCallingAgent.run');
  expect(seen).toEqual({ look: idOf('look'), callback: run, check: run });
});

test.each([
  ['https://here.test/data', true],
  ['https://listed.test/deep?token=1', true],
  ['https://other.test/', false],
  ['https://listed.test.evil.test/', false],
])('a request of a tool to %s carries traceparent: %s', async (url, expected) => {
  const { tracerProvider, named } = tracing();
  const sent: (string | null)[] = [];
  const get = tool({
    name: 'get',
    description: 'Gets.',
    inputs: {},
    execute: async (_args, { fetch }) => (await fetch(url)).status,
  });
  const model = scriptedModel({ toolCalls: [{ name: 'get', arguments: {} }] }, answer);
  const propagateTo = ['https://listed.test', /^https:\/\/here\.test\//];

  await new ToolCallingAgent({ model, tools: [get] }).run('x', {
    telemetry: runWatcher({ tracerProvider, propagateTo }),
    fetch: async (_input, init) => {
      sent.push(new Headers(init?.headers).get('traceparent'));
      return new Response('');
    },
  });

  const [request] = named('GET');
  const { traceId = '', spanId = '' } = request?.spanContext() ?? {};
  expect(sent).toEqual([expected ? `00-${traceId}-${spanId}-01` : null]);
  expect(request?.attributes['url.full']).toBe(url.replace(/\?.*/, ''));
});

test('strict draws no spans of requests, as Python has none', async () => {
  const { tracerProvider, named } = tracing();
  const get = tool({
    name: 'get',
    description: 'Gets.',
    inputs: {},
    execute: async (_args, { fetch }) => (await fetch('https://a.test/')).status,
  });
  const model = scriptedModel({ toolCalls: [{ name: 'get', arguments: {} }] }, answer);

  await new ToolCallingAgent({ model, tools: [get] }).run('x', {
    telemetry: runWatcher({ tracerProvider, compat: 'strict' }),
    fetch: servePages({ 'https://a.test/': 'a' }),
  });

  expect(named('GET')).toEqual([]);
  expect(named('SimpleTool')).toHaveLength(1);
});

test.each([
  [{ hideInput: true }, 'hideInput'],
  [{ compat: 'loose' }, 'compat is "loose"'],
  [{ hideInputs: 'yes' }, 'hideInputs is "yes"'],
  [{ base64ImageMaxLength: -1 }, 'base64ImageMaxLength is -1'],
  [{ redact: 7 }, 'redact is 7'],
  [{ redact: ['('] }, 'redact is "("'],
  [{ propagateTo: ['nowhere'] }, 'propagateTo is "nowhere"'],
  [{ tracerProvider: {} }, 'tracerProvider is an object'],
  [{ genAiContent: 1 }, 'genAiContent is 1'],
])('wrong settings %j are refused by name', (options, said) => {
  const instrument = () => Reflect.apply(instrumentor.instrument, instrumentor, [options]);

  expect(instrument).toThrow(AgentConfigurationError);
  expect(instrument).toThrow(said);
});

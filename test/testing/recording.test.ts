import { expect, onTestFinished, test } from 'vitest';
import type { AgentEvent, AgentRun } from '../../src/agents/agent';
import { CodeAgent } from '../../src/agents/code-agent';
import { ManagedAgent } from '../../src/agents/managed-agent';
import { watchRuns } from '../../src/agents/scope';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { AgentGenerationError } from '../../src/errors';
import type { Model } from '../../src/models/model';
import { OpenAIModel } from '../../src/models/openai-model';
import { runWatcher, SmolagentsInstrumentor } from '../../src/telemetry';
import { collectEvents } from '../../src/testing/collect-events';
import { recordRun } from '../../src/testing/record-run';
import { type RunFile, readRunFile, writeRunFile } from '../../src/testing/recording';
import { replayRun } from '../../src/testing/replay-run';
import { call, calls, code, failure, finalAnswer, scriptedModel, streamed } from '../../src/testing/scripted-model';
import { virtualClock } from '../../src/testing/virtual-clock';
import { type Tool, tool } from '../../src/tools/tool';
import { systemClock } from '../../src/web/clock';
import type { Fetch } from '../../src/web/fetch';
import { chatServer, completion } from '../fakes/chat-server';
import { tracing } from '../fakes/tracing';

const readTide: Tool<{ harbour: string }, string> = tool({
  name: 'read_tide',
  description: 'Tide of a harbour.',
  inputs: { harbour: { type: 'string', description: 'Its name.' } },
  execute: async ({ harbour }, { fetch, clock, signal }) => {
    await clock.sleep(1, signal);
    const reply = await fetch('https://tides.example/', { method: 'POST', body: harbour });
    return `${reply.status} ${await reply.text()}`;
  },
});
const tides: Fetch = async (input, init) => new Response(`tide of ${await new Request(input, init).text()}: 3 m`);
const noFetch: Fetch = () => Promise.reject(new Error('a replay asks no network'));
const silent: Model = {
  modelId: 'silent',
  generate: () => {
    throw new Error('a replay asks no model');
  },
};

test('a run that was traced while it was recorded, and so saw a redirect, is replayed without a trace as well', async () => {
  const asked: string[] = [];
  const redirecting: Fetch = async (input, init) => {
    const { url } = new Request(input, init);
    asked.push(url);
    if (url === 'https://tides.example/') return new Response(null, { status: 307, headers: { location: '/all' } });
    return tides(input, init);
  };
  const script = scriptedModel(call('read_tide', { harbour: 'Orrin' }), finalAnswer('3 m'));
  const instrumentor = new SmolagentsInstrumentor();
  instrumentor.instrument({ propagateTo: ['https://tides.example'], tracerProvider: tracing().tracerProvider });
  onTestFinished(() => instrumentor.uninstrument());
  const agent = new ToolCallingAgent({ model: script, tools: [readTide] });
  const recorded = await recordRun(agent, 'How high is the tide?', { fetch: redirecting });
  instrumentor.uninstrument();

  const replayed = await replayRun(new ToolCallingAgent({ model: silent, tools: [readTide] }), recorded).result;

  expect(asked).toEqual(['https://tides.example/', 'https://tides.example/all']);
  expect(JSON.stringify(replayed.steps)).toContain('200 tide of Orrin: 3 m');
});

test('a replayed run gives the events of the recorded one, without its model and its network', async () => {
  const script = scriptedModel(call('read_tide', { harbour: 'Orrin' }), finalAnswer('3 m'));
  const recorded = await recordRun(
    new ToolCallingAgent({ model: script, tools: [readTide] }),
    'How high is the tide?',
    { fetch: tides },
  );

  const events = await eventsOf(
    replayRun(new ToolCallingAgent({ model: silent, tools: [readTide] }), throughJson(recorded)),
  );

  expect(recorded.result).toMatchObject({ state: 'success', output: '3 m' });
  expect(recorded.exchanges).toMatchObject([{ method: 'POST', status: 200, body: 'tide of Orrin: 3 m' }]);
  expect(events).toEqual(recorded.events);
});

test('two calls at once and pieces of text are replayed as they came', async () => {
  const script = scriptedModel(
    calls(['read_tide', { harbour: 'Orrin' }], ['read_tide', { harbour: 'Tarnika' }]),
    streamed('I ', 'know.', { toolCalls: [{ index: 0, id: 'x', name: 'final_answer', arguments: '{"answer":1}' }] }),
  );
  const settings = { tools: [readTide], streamOutputs: true };
  const recorded = await recordRun(new ToolCallingAgent({ ...settings, model: script }), 'Compare them.', {
    fetch: tides,
  });

  const events = await eventsOf(replayRun(new ToolCallingAgent({ ...settings, model: silent }), throughJson(recorded)));

  expect(recorded.events.filter(({ type }) => type === 'text')).toHaveLength(2);
  expect(events).toEqual(recorded.events);
});

test('a file of before, which does not say who asked, is replayed in the order of asking', async () => {
  const script = scriptedModel(calls(...harbours(['Orrin', 'Tarnika'])), finalAnswer('3 m'));
  const recorded = await recordRun(new ToolCallingAgent({ model: script, tools: [readTide] }), 'Go.', { fetch: tides });
  const { idsBy: _, clock, ...old } = throughJson(recorded);
  const { readings, sleeps, ended, durations } = clock;
  const exchanges = old.exchanges.map(({ by: _by, bodyEnded: _ended, ...exchange }) => exchange);
  const modelReplies = old.modelReplies.map(({ by: _by, partsEnded: _ended, ...reply }) => reply);
  const time = { readings, sleeps, ...(ended && { ended }), ...(durations && { durations }) };

  const again = new ToolCallingAgent({ model: silent, tools: [readTide] });
  const events = await eventsOf(replayRun(again, { ...old, exchanges, modelReplies, clock: time }));

  expect(events).toEqual(recorded.events);
});

test('an answer is what it was: its status, its address behind redirects, how its body ended', async () => {
  const readAll = {
    ...readTide,
    execute: async ({ harbour }: { harbour: string }, { fetch }: { fetch: Fetch }) => {
      const reply = await fetch(`https://${harbour}.example/`);
      const head = `${reply.status} ${reply.statusText} ${reply.url} ${reply.redirected} ${reply.headers.get('link')}`;
      return `${head} ${await reply.text().catch((error: unknown) => `broke: ${error}`)}`;
    },
  };
  const odd: Fetch = async (input) => {
    if (String(input).includes('gone')) throw Object.assign(new Error('no more time'), { name: 'TimeoutError' });
    const chunks = [new TextEncoder().encode('half')];
    const pull = (body: ReadableStreamDefaultController) => {
      const chunk = chunks.shift();
      if (chunk) body.enqueue(chunk);
      else body.error(new TypeError('the line is cut'));
    };
    const body = String(input).includes('broken') ? new ReadableStream({ pull }) : 'whole';
    const reply = new Response(body, { status: 404, statusText: 'Not There', headers: { link: '<2>; rel=next' } });
    return Object.defineProperties(reply, { url: { value: 'https://else.example/' }, redirected: { value: true } });
  };
  const script = scriptedModel(calls(...harbours(['whole', 'broken', 'gone'])), finalAnswer(1));
  const recorded = await recordRun(new ToolCallingAgent({ model: script, tools: [readAll] }), 'Read.', { fetch: odd });

  const events = await eventsOf(
    replayRun(new ToolCallingAgent({ model: silent, tools: [readAll] }), throughJson(recorded)),
  );

  const texts = JSON.stringify(recorded.events);
  for (const said of [
    '404 Not There https://else.example/ true <2>; rel=next whole',
    'broke: TypeError: the line is cut',
  ])
    expect(texts).toContain(said);
  expect(texts).toContain('TimeoutError: no more time');
  expect(events).toEqual(recorded.events);
});

test('code that waits for a tool which takes its time past its handle is replayed, however long it takes', async () => {
  const dig = tool({
    name: 'dig',
    description: 'Digs.',
    inputs: {},
    execute: () => new Promise<string>((resolve) => setTimeout(() => resolve('gold'), 60)),
  });
  const agent = (model: Model) => new CodeAgent({ model, tools: [dig] });
  const recorded = await recordRun(agent(scriptedModel(code('final_answer(await dig())'))), 'Dig.');

  const events = await eventsOf(replayRun(agent(silent), throughJson(recorded)));

  expect(events).toEqual(recorded.events);
});

test('what went on at once ends in the recorded order where its durations, in whole milliseconds, would tell another', async () => {
  const clock = virtualClock(0);
  // the first wait wakes early, the second late: by durations, the answer to the second would be there first
  const uneven = {
    ...clock,
    sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms === 1 ? (waits.shift() ?? ms) : ms, signal),
  };
  const waits = [1, 4];
  const slowly: Fetch = async (input, init) => {
    const harbour = await new Request(input, init).text();
    await clock.sleep(harbour === 'Orrin' ? 5 : 3);
    return new Response(harbour);
  };
  const script = scriptedModel(calls(...harbours(['Orrin', 'Tarnika'])), finalAnswer('done'));
  const recorded = await recordRun(new ToolCallingAgent({ model: script, tools: [readTide] }), 'Go.', {
    fetch: slowly,
    clock: uneven,
  });

  const again = new ToolCallingAgent({ model: silent, tools: [readTide] });
  const events = await eventsOf(replayRun(again, throughJson(recorded)));

  expect(recorded.exchanges.map(({ durationMs, ended }) => [durationMs, ended])).toEqual([
    [5, 4],
    [3, 5],
  ]);
  expect(events).toEqual(recorded.events);
});

test('a run that ended while its model was asked is replayed to that end', async () => {
  const endless: Model = {
    modelId: 'endless',
    async *generate({ signal }) {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  };
  const recorded = await recordRun(new ToolCallingAgent({ model: endless, budget: { durationMs: 1 } }), 'Go.');

  const { error } = await collectEvents(
    replayRun(new ToolCallingAgent({ model: silent, budget: { durationMs: 1 } }), throughJson(recorded)),
  );

  expect(recorded.result.state).toBe('budget');
  expect(error).toMatchObject({ kind: 'budget' });
});

test('calls that end in another order than they began end so in the replay, for its waits and for its requests', async () => {
  const slowly: Fetch = async (input, init) => {
    const harbour = await new Request(input, init).text();
    await systemClock.sleep(harbour === 'Orrin' ? 40 : 2);
    return new Response(harbour);
  };
  const rest = tool({
    name: 'rest',
    description: 'Rests.',
    inputs: { ms: { type: 'number', description: 'How long.' } },
    execute: ({ ms }: { ms: number }, { clock, signal }) => clock.sleep(ms, signal),
  });
  const four = calls(['rest', { ms: 30 }], ['rest', { ms: 3 }], ...harbours(['Orrin', 'Tarnika']));
  const tools = [readTide, rest];
  const script = scriptedModel(four, finalAnswer('done'));
  const recorded = await recordRun(new ToolCallingAgent({ model: script, tools }), 'Go.', { fetch: slowly });

  const events = await eventsOf(replayRun(new ToolCallingAgent({ model: silent, tools }), throughJson(recorded)));

  const ends = recorded.events.flatMap((event) => (event.type === 'tool-result' ? event.call.arguments : []));
  expect(ends).not.toEqual([{ ms: 30 }, { ms: 3 }, { harbour: 'Orrin' }, { harbour: 'Tarnika' }]);
  expect(events).toEqual(recorded.events);
});

test('waits of the model itself are no part of the recording: a replay asks none', async () => {
  const answers = [
    { status: 503, headers: { 'retry-after-ms': '1' }, json: {} },
    completion(TIDE_CALL),
    completion(ANSWER),
  ];
  const server = await chatServer(...answers);
  const model = new OpenAIModel({ modelId: 'm', apiBase: server.url });
  const recorded = await recordRun(new ToolCallingAgent({ model, tools: [readTide] }), 'How high?', {
    fetch: (input, init) => (String(input).startsWith(server.url) ? fetch(input, init) : tides(input, init)),
  });

  const events = await eventsOf(
    replayRun(new ToolCallingAgent({ model: silent, tools: [readTide] }), throughJson(recorded)),
  );

  expect(recorded.result.output).toBe('3 m');
  expect(recorded.clock.sleeps).toEqual([true]);
  expect(events).toEqual(recorded.events);
  expect(events.filter(({ type }) => type === 'retry')).toHaveLength(1);
});

test('a run that its budget of time ended is replayed to the same end, without the wait', async () => {
  const rest = tool({
    name: 'rest',
    description: 'Rests.',
    inputs: {},
    execute: (_args, { clock, signal }) => clock.sleep(60_000, signal),
  });
  const agent = (model: Model) => new ToolCallingAgent({ model, tools: [rest], budget: { durationMs: 30 } });
  const recorded = await recordRun(agent(scriptedModel(call('rest', {}))), 'Go.');

  const { events, error } = await collectEvents(replayRun(agent(silent), throughJson(recorded)));

  expect(recorded.result.state).toBe('budget');
  expect(events.map(withoutMessages)).toEqual(recorded.events);
  expect(error).toMatchObject({ kind: 'budget', result: { exhausted: 'durationMs' } });
});

test('a replay leaves the same spans: names, parents, attributes', async () => {
  const [before, after] = [tracing(), tracing()];
  const agent = (model: Model) => new ToolCallingAgent({ model, tools: [readTide] });
  const script = scriptedModel(call('read_tide', { harbour: 'Orrin' }), finalAnswer('3 m'));
  const stopFirst = watchRuns(runWatcher({ tracerProvider: before.tracerProvider }));
  const recorded = await recordRun(agent(script), 'How high?', { fetch: tides });
  stopFirst();

  const stopSecond = watchRuns(runWatcher({ tracerProvider: after.tracerProvider }));
  await eventsOf(replayRun(agent({ ...silent, modelId: 'scripted', spanName: 'ScriptedModel' }), recorded));
  stopSecond();

  const [old, again] = [before, after].map(({ spans }) =>
    spans().map(({ name, attributes }) => ({ name, attributes })),
  );
  expect(old).toHaveLength(8);
  expect(again).toEqual(old);
  expect(after.paths()).toEqual(before.paths());
});

test('a code agent that manages another is replayed through the sandbox', async () => {
  const asked = (model: Model) => {
    const searcher = new ToolCallingAgent({ model, tools: [readTide] });
    const managedAgents = [new ManagedAgent({ agent: searcher, name: 'searcher', description: 'Knows tides.' })];
    return new CodeAgent({ model, managedAgents });
  };
  const script = scriptedModel(
    code('const report = await searcher({ task: "Tide at Orrin?" }); console.log(report);'),
    call('read_tide', { harbour: 'Orrin' }),
    finalAnswer('3 m'),
    code('final_answer({ tide: 3, at: new Date(0), odd: NaN });'),
  );
  const recorded = await recordRun(asked(script), 'How high is it?', { fetch: tides });

  const file = throughJson(recorded);
  const events = await eventsOf(replayRun(asked(silent), file));

  expect(file.result.output).toEqual({ tide: 3, at: new Date(0), odd: Number.NaN });
  expect(events).toEqual(recorded.events);
  expect(events.some(({ path }) => path.at(-1) === 'searcher')).toBe(true);
});

test('a program that says something else than it did is told where', async () => {
  const script = scriptedModel(finalAnswer(1));
  const recorded = await recordRun(new ToolCallingAgent({ model: script }), 'Count.');

  const changed = replayRun(new ToolCallingAgent({ model: silent, instructions: 'Count in Latin.' }), recorded);

  await expect(eventsOf(changed)).rejects.toThrow(
    /departs from the recording.*model request 1 \(1 are recorded\): part 1 is "system/,
  );
});

test('a tool that fetches something else than it did is told which', async () => {
  const script = scriptedModel(call('read_tide', { harbour: 'Orrin' }), finalAnswer('3 m'));
  const recorded = await recordRun(new ToolCallingAgent({ model: script, tools: [readTide] }), 'How high?', {
    fetch: tides,
  });
  const moved = {
    ...readTide,
    execute: async (_: unknown, { fetch }: { fetch: Fetch }) => (await fetch('https://moved.example/')).text(),
  };

  const changed = replayRun(new ToolCallingAgent({ model: silent, tools: [moved] }), recorded);

  await expect(changed.result).rejects.toThrow('GET https://moved.example/');
});

test('a run whose model failed is a file too, and fails again in the same way', async () => {
  const script = scriptedModel(failure(new AgentGenerationError('out of office', { kind: 'server_error' })));
  const recorded = await recordRun(new ToolCallingAgent({ model: script }), 'Count.');

  const again = replayRun(new ToolCallingAgent({ model: silent }), throughJson(recorded));

  expect(recorded.result).toMatchObject({ state: 'error', error: { kind: 'server_error' } });
  await expect(again.result).rejects.toMatchObject({ message: 'out of office', kind: 'server_error' });
});

test('what a model throws that is no error of the SDK is worded as it was', async () => {
  const broken: Model = {
    modelId: 'mine',
    generate: () => {
      throw new RangeError('boom');
    },
  };
  const agent = new ToolCallingAgent({ model: broken, tools: [] });

  const recorded = throughJson(await recordRun(agent, 'Go.'));
  const again = replayRun(agent, recorded);

  expect(recorded.result.error?.message).toContain('mine could not answer');
  await expect(again.result).rejects.toThrow(recorded.result.error?.message);
});

test('bytes that are no text come back as they were', async () => {
  const readBytes = {
    ...readTide,
    execute: async (_: unknown, { fetch }: { fetch: Fetch }) => [
      ...new Uint8Array(await (await fetch('https://bytes.example/')).arrayBuffer()),
    ],
  };
  const bytes: Fetch = async () => new Response(new Uint8Array([255, 0, 200]));
  const script = scriptedModel(call('read_tide', { harbour: 'x' }), finalAnswer(1));
  const recorded = await recordRun(new ToolCallingAgent({ model: script, tools: [readBytes] }), 'Read.', {
    fetch: bytes,
  });

  const events = await eventsOf(replayRun(new ToolCallingAgent({ model: silent, tools: [readBytes] }), recorded));

  expect(recorded.exchanges[0]?.bodyBase64).toBe('/wDI');
  expect(events.find(({ type }) => type === 'tool-result')).toMatchObject({ result: { output: [255, 0, 200] } });
});

test('a file with an unknown, a missing or a wrong key is refused by the name of the place', async () => {
  const written = writeRunFile(
    await recordRun(new ToolCallingAgent({ model: scriptedModel(finalAnswer(1)) }), 'Count.', { fetch: noFetch }),
  );
  const { clock: _, ...clockless } = written;

  expect(() => readRunFile({ ...written, colour: 'red' })).toThrow('unknown key "colour"');
  expect(() => readRunFile(clockless)).toThrow('lacks the key "clock"');
  expect(() => readRunFile({ ...written, modelReplies: [{ key: 1 }] })).toThrow('run.modelReplies[0].key is 1');
  expect(() => readRunFile({ ...written, kind: 'run/2' })).toThrow('run.kind is "run/2"');
});

const harbours = (names: readonly string[]) => names.map((harbour) => ['read_tide', { harbour }] as const);
const toolCall = (name: string, args: string) => ({
  tool_calls: [{ id: name, type: 'function', function: { name, arguments: args } }],
});
const TIDE_CALL = toolCall('read_tide', '{"harbour":"Orrin"}');
const ANSWER = toolCall('final_answer', '{"answer":"3 m"}');

async function eventsOf(run: AgentRun): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  for await (const event of run) events.push(withoutMessages(event));
  return events;
}

function withoutMessages(event: AgentEvent): AgentEvent {
  if (event.type !== 'step') return event;
  const { inputMessages: _, ...step } = event.step;
  return { ...event, step };
}

function throughJson(file: RunFile): RunFile {
  return readRunFile(JSON.parse(JSON.stringify(writeRunFile(file))));
}

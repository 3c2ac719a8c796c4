// `node scripts/run.mjs scripts/abort-times.ts [ROUNDS]`: how long after an abort the resources of a run are gone, on the real clock.
import { createServer, type ServerResponse } from 'node:http';
import { type AgentEvent, CodeAgent, type Executor, OpenAIModel, ToolCallingAgent, tool } from 'smolagents-web';
import { call, code, scriptedModel } from 'smolagents-web/testing';
import { runtime } from '#runtime';

const ROUNDS = Number(process.argv[2] ?? 10);

/** A server that never ends an answer, and knows when each client has hung up. */
async function silentServer(sendsHead: boolean) {
  let hangUp = (_atMs: number) => {};
  let come = () => {};
  const server = createServer((_request, response: ServerResponse) => {
    response.on('close', () => hangUp(performance.now()));
    if (sendsHead) response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
    come();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    reached: new Promise<void>((resolve) => {
      come = resolve;
    }),
    hungUp: new Promise<number>((resolve) => {
      hangUp = resolve;
    }),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Scene {
  agent: CodeAgent | ToolCallingAgent;
  /** When everything is under way. */
  reached: Promise<unknown>;
  /** Moments at which something of the run was gone. */
  gone: Promise<number>[];
  close(): void;
}

async function modelScene(sendsHead: boolean): Promise<Scene> {
  const server = await silentServer(sendsHead);
  const model = new OpenAIModel({ modelId: 'm', apiBase: server.url });
  const agent = new ToolCallingAgent({ model, streamOutputs: sendsHead });
  return { agent, reached: server.reached, gone: [server.hungUp], close: server.close };
}

async function toolScene(): Promise<Scene> {
  const server = await silentServer(true);
  const read = tool({
    name: 'read',
    description: 'Reads for ever.',
    inputs: {},
    execute: async (_args, { fetch, signal }) => (await fetch(server.url, { signal })).text(),
  });
  const helper = new ToolCallingAgent({
    model: scriptedModel(call('read', {})),
    tools: [read],
    name: 'helper',
    description: 'Helps.',
  });
  const { executor, closed } = watched(await runtime.executor());
  const agent = new CodeAgent({
    model: scriptedModel(code('await helper({ task: "x" })')),
    managedAgents: [helper],
    executor,
  });
  return { agent, reached: server.reached, gone: [server.hungUp, closed], close: server.close };
}

async function spinScene(): Promise<Scene> {
  const { executor, closed } = watched(await runtime.executor());
  let begin = () => {};
  const reached = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const start = tool({ name: 'start', description: 'Starts.', inputs: {}, execute: () => void setTimeout(begin, 50) });
  const agent = new CodeAgent({
    model: scriptedModel(code('await start(); for (;;) {}')),
    tools: [start],
    executor,
  });
  return { agent, reached, gone: [closed], close: () => {} };
}

/** An executor that tells when its sandbox was closed. */
function watched(inner: Executor): { executor: Executor; closed: Promise<number> } {
  let close = (_atMs: number) => {};
  const closed = new Promise<number>((resolve) => {
    close = resolve;
  });
  const executor: Executor = {
    async open(options) {
      const sandbox = await inner.open(options);
      const dispose = sandbox[Symbol.asyncDispose].bind(sandbox);
      sandbox[Symbol.asyncDispose] = async () => {
        await dispose();
        close(performance.now());
      };
      return sandbox;
    },
  };
  return { executor, closed };
}

async function measure(make: () => Promise<Scene>): Promise<{ ended: number; gone: number; timers: number }> {
  const { agent, reached, gone, close } = await make();
  const timersBefore = timers();
  const run = agent.stream('Go.');
  const reading = (async () => {
    const events: AgentEvent[] = [];
    for await (const event of run) events.push(event);
  })().catch(() => performance.now());
  await reached;
  const abortedAt = performance.now();
  run.abort('measured');
  const endedAt = Number(await reading);
  const goneAt = Math.max(...(await Promise.all(gone)));
  const left = timers() - timersBefore;
  close();
  return { ended: endedAt - abortedAt, gone: goneAt - abortedAt, timers: left };
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

const SCENES: readonly (readonly [string, () => Promise<Scene>])[] = [
  ['a request without an answer', () => modelScene(false)],
  ['a stream that is silent', () => modelScene(true)],
  ['a tool of a managed agent of code, in a request', toolScene],
  ['code that spins', spinScene],
];

console.log(
  `| under way | run ended, ms (median, worst of ${ROUNDS}) | connection and sandbox gone, ms | timers left |`,
);
console.log('| --- | --- | --- | --- |');
for (const [name, make] of SCENES) {
  const rounds: Awaited<ReturnType<typeof measure>>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measure(make));
  const told = (values: number[]) => {
    const sorted = values.toSorted((a, b) => a - b);
    return `${sorted[sorted.length >> 1]?.toFixed(1)}, ${sorted.at(-1)?.toFixed(1)}`;
  };
  const left = Math.max(...rounds.map((one) => one.timers));
  console.log(
    `| ${name} | ${told(rounds.map((one) => one.ended))} | ${told(rounds.map((one) => one.gone))} | ${left} |`,
  );
}

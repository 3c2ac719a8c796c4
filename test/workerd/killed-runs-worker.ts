import { type Agent, CodeAgent, type Model, ToolCallingAgent } from 'smolagents-web';
import { call, calls, code, finalAnswer } from 'smolagents-web/testing';
import { agentWorker, type ObjectState } from 'smolagents-web/worker';
import { purposeful, world } from '../fakes/deeds';

/** When the object of the next run is killed: after so many rows whose key begins so, before they are on the disk or after. */
interface Kill {
  rows: string;
  after: number;
  isWritten: boolean;
}

let kill: Kill | undefined;
/** The run begun last: who began it may not have been told. */
let runId = '';
const { calls: made, tools } = world();
const identity = { name: 'helper', description: 'Helps.' };
const modelOf = (name: string, ...rest: [Parameters<typeof purposeful>[1], Parameters<typeof purposeful>[2]]): Model =>
  purposeful(name, ...rest, []);

/** Six steps, one of them by a managed agent of three, in calls. */
function callingTeam(): Agent {
  const inner = [
    { reply: call('send', { n: 10 }, 'c1'), shows: ['send of 10'] },
    { reply: call('read', { n: 11 }, 'c2'), shows: ['read of 11'] },
  ];
  const helper = new ToolCallingAgent({ ...identity, tools, model: modelOf('helper', inner, finalAnswer('helped')) });
  const deeds = [
    { reply: call('send', { n: 1 }, 'c3'), shows: ['send of 1'] },
    { reply: calls(['send', { n: 2 }, 'c20'], ['read', { n: 2 }, 'c21']), shows: ['send of 2', 'read of 2'] },
    { reply: call('helper', { task: 'Help.' }, 'c4'), shows: ['helped'] },
    { reply: call('read', { n: 4 }, 'c5'), shows: ['read of 4'] },
    { reply: call('send', { n: 5 }, 'c6'), shows: ['send of 5'] },
  ];
  return new ToolCallingAgent({
    tools,
    managedAgents: [helper],
    model: modelOf('manager', deeds, finalAnswer('all done')),
  });
}

/** The same in code; the answer is of variables that earlier steps set. */
function codingTeam(): Agent {
  const inner = [
    { reply: code('const x = await send(10); console.log(x)'), shows: ['send of 10'] },
    { reply: code('const y = await read(11); console.log(y)'), shows: ['read of 11'] },
  ];
  const answer = code('final_answer([x, y].join(" and "))');
  const helper = new CodeAgent({ ...identity, tools, model: modelOf('helper', inner, answer) });
  const deeds = [
    { reply: code('const kept = [await send(1)]; console.log(kept)'), shows: ['send of 1'] },
    { reply: code('console.log(await Promise.all([send(2), read(2)]))'), shows: ['send of 2', 'read of 2'] },
    { reply: code("console.log(await helper({ task: 'Help.' }))"), shows: ['send of 10 and read of 11'] },
    { reply: code('console.log(await read(4))'), shows: ['read of 4'] },
    { reply: code('const last = await send(5); kept.push(last); console.log(last)'), shows: ['send of 5'] },
  ];
  const model = modelOf('manager', deeds, code('final_answer(kept.length)'));
  return new CodeAgent({ tools, managedAgents: [helper], model });
}

const worker = agentWorker({
  agents: { calling: callingTeam, coding: codingTeam },
  model: modelOf('nobody', [], finalAnswer('')),
  auth: 'none',
  limits: { runsPerMinute: 10_000, runsAtOnce: 10_000 },
  runs: { heartbeatMs: 200 },
  traces: false,
});

/** The object's state, with a storage that ends the object as the platform may: in the middle. */
function mortal(state: ObjectState & Mortal): ObjectState {
  const { storage } = state;
  const exec: ObjectState['storage']['sql']['exec'] = (query, ...bindings) => {
    const cursor = storage.sql.exec(query, ...bindings);
    const [key, , text] = bindings;
    if (key === 'order' && typeof text === 'string') runId = (JSON.parse(text) as { runId: string }).runId;
    if (!kill || !query.startsWith('INSERT') || typeof key !== 'string' || !key.startsWith(kill.rows)) return cursor;
    kill.after -= 1;
    if (kill.after > 0) return cursor;
    const { isWritten } = kill;
    kill = undefined;
    if (!isWritten) state.abort('killed');
    else void storage.sync().then(() => state.abort('killed'));
    return cursor;
  };
  return {
    waitUntil: (work) => state.waitUntil(work),
    storage: {
      sql: { exec },
      setAlarm: (atMs) => storage.setAlarm(atMs),
      deleteAlarm: () => storage.deleteAlarm(),
      deleteAll: () => storage.deleteAll(),
    },
  };
}

interface Mortal {
  abort(reason: string): void;
  storage: { sync(): Promise<void> };
}

export class AgentRunObject extends worker.AgentRunObject {
  constructor(state: ObjectState & Mortal, env: Readonly<Record<string, unknown>>) {
    super(mortal(state), env);
  }
}

/** The worker, and two routes for the test: `POST /kill` with a `Kill` forgets what was done; `GET /made` tells it. */
export default {
  async fetch(request: Request, env: Readonly<Record<string, unknown>>): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/made') return Response.json({ made, runId, isKilled: kill === undefined });
    if (pathname !== '/kill') return worker.fetch(request, env);
    kill = (await request.json()) as Kill;
    made.length = 0;
    return new Response();
  },
};

import { finalAnswer } from 'smolagents-web/testing';
import { agentWorker, type ObjectState } from 'smolagents-web/worker';
import { world } from '../fakes/deeds';
import { callingTeam, codingTeam, modelOf } from '../fakes/killable-teams';

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

const worker = agentWorker({
  agents: { calling: () => callingTeam(tools), coding: () => codingTeam(tools) },
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

import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { EVENT_STREAM, wantsEvents } from './agent-object';
import { admit, listedOrigin, type Visitor } from './door/auth';
import { leaseOf } from './door/lease';
import { admitRun, admitWebRequest, releaseRun } from './door/limits';
import { healthOf } from './health';
import type { Objects } from './objects';
import type { WorkerContext } from './platform';
import { Problem, type ProblemCode, problemResponse } from './problem';
import { readJsonBody } from './read-body';
import {
  askedAnswer,
  askedAnswers,
  askedFork,
  askedNext,
  askedRun,
  chooseAgent,
  type RunOrder,
} from './runs/run-order';
import type { WorkerSettings } from './settings';
import { readTrace, relayTraces } from './traces/trace-relay';

/** What a request comes with. */
export interface Surroundings<Env> {
  env: Env;
  objects: Objects;
  context: WorkerContext | undefined;
}

type App<Env> = { Bindings: Surroundings<Env>; Variables: { visitor: Visitor } };

const knownRun = z.object({ agent: z.string(), state: z.string(), task: z.string() });
const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const OWN_HEADERS = 'authorization, content-type, content-encoding, last-event-id, traceparent';
const METHODS: Readonly<Record<string, readonly string[]>> = {
  '/runs': ['POST'],
  '/runs/:id': ['GET', 'DELETE'],
  '/runs/:id/events': ['GET'],
  '/runs/:id/continue': ['POST'],
  '/runs/:id/fork': ['POST'],
  '/runs/:id/answers': ['POST'],
  '/runs/:id/answers/:callId{.+}': ['POST'], // those of managed agents hold a slash
  '/search': ['GET'],
  '/visit': ['GET'],
  '/v1/traces': ['POST'],
  '/traces/:id': ['GET'],
  '/health': ['GET', 'HEAD'],
};

/** Answers requests to the worker; whatever goes wrong becomes a problem document. */
export function workerRoutes<Env extends object>(
  settings: WorkerSettings<Env>,
): (request: Request, surroundings: Surroundings<Env>) => Promise<Response> {
  const app = new Hono<App<Env>>();
  app.onError((error) => problemResponse(error));
  for (const path of Object.keys(METHODS))
    app.use(path, async (c, next) => {
      refuseOtherMethods(c.req.raw, METHODS[path] ?? []);
      if (path !== '/health') c.set('visitor', await admit(c.req.raw, c.env.env, settings.auth));
      return next();
    });
  app.get('/health', (c) => c.json(healthOf(settings, c.env.env)));
  addRunRoutes(app, settings);
  addWebRoutes(app, settings);
  addTraceRoutes(app, settings);
  app.notFound((c) => staticAsset(c.req.raw, c.env.env));
  return async (request, surroundings) => {
    const preflight = request.method === 'OPTIONS' && request.headers.has('access-control-request-method');
    const reply = preflight
      ? new Response(null, { status: listedOrigin(request, settings.auth) === undefined ? 403 : 204 })
      : await app.fetch(request, surroundings);
    return withHeaders(reply, request, settings);
  };
}

/** A request of a visitor who was let in. */
interface Visit<Env> {
  request: Request;
  visitor: Visitor;
  objects: Objects;
  settings: WorkerSettings<Env>;
}

function addRunRoutes<Env extends object>(app: Hono<App<Env>>, settings: WorkerSettings<Env>): void {
  const visit = (c: Context<App<Env>>): Visit<Env> => ({
    ...{ request: c.req.raw, visitor: c.get('visitor'), objects: c.env.objects, settings },
  });
  app.post('/runs', (c) => startRun(visit(c)));
  app.get('/runs/:id', (c) => askRun(visit(c), c.req.param('id'), '/run/facts'));
  app.get('/runs/:id/events', (c) => askRun(visit(c), c.req.param('id'), '/run/events'));
  app.delete('/runs/:id', (c) => askRun(visit(c), c.req.param('id'), '/run/abort'));
  app.post('/runs/:id/continue', (c) => continueRun(visit(c), c.req.param('id')));
  app.post('/runs/:id/fork', (c) => forkRun(visit(c), c.req.param('id')));
  app.post('/runs/:id/answers', (c) => answerRun(visit(c), c.req.param('id')));
  app.post('/runs/:id/answers/:callId{.+}', (c) => answerRun(visit(c), c.req.param('id'), c.req.param('callId')));
}

async function askRun<Env>({ request, visitor, objects }: Visit<Env>, id: string, path: string, more: object = {}) {
  if (!RUN_ID.test(id)) throw new Problem('There is no such run.', { status: 404, code: 'unknown_run' });
  return objects(`run ${id}`).fetch(toObject(path, { owner: visitor.owner, ...more }, request));
}

async function startRun<Env>(visit: Visit<Env>): Promise<Response> {
  const { agent, background, ...asked } = await readAsked(visit, askedRun);
  return begin(visit, background, { ...asked, agent: chooseAgent(agent, visit.settings) });
}

async function continueRun<Env>(visit: Visit<Env>, id: string): Promise<Response> {
  const { background, ...asked } = await readAsked(visit, askedNext);
  const { agent } = await ended(visit, id);
  return begin(visit, background, { ...asked, agent, from: { runId: id } });
}

async function forkRun<Env>(visit: Visit<Env>, id: string): Promise<Response> {
  const { background, maxSteps, ...edited } = await readAsked(visit, askedFork);
  const { agent, task } = await ended(visit, id);
  return begin(visit, background, { agent, task: edited.task ?? task, maxSteps, from: { runId: id, ...edited } });
}

/** To one call, or to all that the body names. The object itself asks whether the visitor may, once it is known that they wait. */
async function answerRun<Env>(visit: Visit<Env>, id: string, callId?: string): Promise<Response> {
  const answers =
    callId === undefined ? await readAsked(visit, askedAnswers) : { [callId]: await readAsked(visit, askedAnswer) };
  return askRun(visit, id, '/run/answer', { answers, counted: visit.visitor.counted });
}

/** The facts of a run that is this visitor's. Throws a `Problem`. */
async function known<Env>(visit: Visit<Env>, id: string) {
  const reply = await askRun(visit, id, '/run/facts');
  if (!reply.ok) throw new Problem('There is no such run.', { status: 404, code: 'unknown_run' });
  return knownRun.parse(await reply.json());
}

async function ended<Env>(visit: Visit<Env>, id: string) {
  const facts = await known(visit, id);
  if (facts.state !== 'running') return facts;
  throw new Problem('The run is under way; wait for its end.', { status: 409, code: 'under_way' });
}

async function readAsked<Schema extends z.ZodType, Env>({ request, settings }: Visit<Env>, schema: Schema) {
  return readJsonBody(request, schema, settings.limits.maxTaskCharacters);
}

async function begin<Env>(
  visit: Visit<Env>,
  background: boolean | undefined,
  asked: Pick<RunOrder, 'agent' | 'task' | 'maxSteps' | 'additionalArgs' | 'from'>,
): Promise<Response> {
  const { request, visitor, objects, settings } = visit;
  const { maxTaskCharacters } = settings.limits;
  if (asked.task.length > maxTaskCharacters)
    throw new Problem(`The task is longer than ${maxTaskCharacters} characters.`, { status: 413, code: 'too_large' });
  const runId = crypto.randomUUID();
  const kept = { background: background === true, attached: wantsEvents(request) && background !== true };
  const lease = leaseOf({ runId, life: 1, counted: visitor.counted });
  const spentToday = await admitRun(objects, lease, settings);
  const order = { ...asked, ...visitor, ...kept, runId, life: 1, spentToday, ...traceparentOf(request) };
  let reply: Response | undefined;
  try {
    reply = await objects(`run ${runId}`).fetch(toObject('/run/start', order, request));
  } finally {
    if (!reply?.ok) await releaseUnlessBegun(order, objects);
  }
  const started = new Response(reply.body, reply);
  if (reply.ok) started.headers.set('location', `/runs/${runId}`);
  return started;
}

/** A run that was begun gives its lease back itself, also where the object was killed before it could say so. */
async function releaseUnlessBegun(order: RunOrder, objects: Objects): Promise<void> {
  const body = JSON.stringify({ owner: order.owner });
  const { status } = await objects(`run ${order.runId}`).fetch(
    new Request('https://object/run/facts', { method: 'POST', body }), // also for a visitor who left
  );
  if (status === 404) await releaseRun(objects, leaseOf(order));
}

function addWebRoutes<Env extends object>(app: Hono<App<Env>>, settings: WorkerSettings<Env>): void {
  const { web } = settings;
  if (!web) return;
  app.get('/search', async (c) => {
    const query = parameter(c.req.query('q'), 'q');
    await admitWebRequest(c.env.objects, c.get('visitor').counted, settings);
    return (await import('./web-routes')).searchWeb(query, c.req.raw, web, settings);
  });
  app.get('/visit', async (c) => {
    const url = parameter(c.req.query('url'), 'url');
    await admitWebRequest(c.env.objects, c.get('visitor').counted, settings);
    return (await import('./web-routes')).visitPage(url, c.req.raw, web, settings);
  });
}

function addTraceRoutes<Env extends object>(app: Hono<App<Env>>, settings: WorkerSettings<Env>): void {
  const { traces } = settings;
  if (!traces) return;
  app.post('/v1/traces', async (c) => {
    const { env, objects } = c.env;
    const { owner, counted } = c.get('visitor');
    await admitWebRequest(objects, counted, settings);
    return relayTraces(c.req.raw, { env, objects, owner, settings, traces });
  });
  app.get('/traces/:id', (c) => readTrace(c.env.objects, c.req.param('id'), c.get('visitor').owner));
}

/** What the worker's static assets have, where it has any. */
async function staticAsset(request: Request, env: object): Promise<Response> {
  const assets: unknown = Reflect.get(env, 'ASSETS');
  if (isFetcher(assets) && (request.method === 'GET' || request.method === 'HEAD')) {
    const reply = await assets.fetch(request);
    if (reply.status !== 404 || reply.headers.has('content-type')) return reply; // a page of its own for what is not there
  }
  return problemResponse(new Problem('There is nothing here.', { status: 404, code: 'not_found' }));
}

function isFetcher(value: unknown): value is { fetch(request: Request): Promise<Response> } {
  return typeof value === 'object' && value !== null && 'fetch' in value && typeof value.fetch === 'function';
}

function refuseOtherMethods({ method }: Request, allowed: readonly string[]): void {
  if (allowed.includes(method)) return; // HEAD too is refused: it would be a reader who never leaves
  const code: ProblemCode = 'method_not_allowed';
  throw new Problem(`${method} is not allowed here.`, { status: 405, code, headers: { allow: allowed.join(', ') } });
}

function parameter(value: string | undefined, name: string): string {
  if (value?.trim()) return value;
  throw new Problem(`The parameter \`${name}\` is missing.`, { status: 400, code: 'bad_request' });
}

/** A question to an object: of the visitor's headers it gets two. Leaving aborts it. */
function toObject(path: string, body: unknown, { headers, signal }: Request): Request {
  const passed = ['accept', 'last-event-id'].flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  const init = { method: 'POST', headers: Object.fromEntries(passed), body: JSON.stringify(body), signal };
  return new Request(`https://object${path}`, init);
}

function traceparentOf({ headers }: Request): Pick<RunOrder, 'traceparent'> {
  const traceparent = headers.get('traceparent');
  return traceparent === null ? {} : { traceparent };
}

/**
 * An object's stream, read here and handed on piece by piece: where workerd passes it on by itself, the object is told of a
 * visitor who left late or never.
 */
function handedOn(body: ReadableStream<Uint8Array>, visitor: AbortSignal): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  if (visitor.aborted) void reader.cancel().catch(() => undefined); // who left before there was anything to read
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** What every answer carries: whose pages may read it, and that it is what it says it is. */
function withHeaders<Env>(reply: Response, request: Request, { auth }: WorkerSettings<Env>): Response {
  const isStream = reply.body && reply.headers.get('content-type') === EVENT_STREAM;
  const answered = new Response(isStream ? handedOn(reply.body, request.signal) : reply.body, reply);
  const { headers } = answered;
  headers.set('x-content-type-options', 'nosniff');
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  if (typeof auth !== 'object' || !auth.origins) return answered;
  headers.append('vary', 'Origin');
  const origin = listedOrigin(request, auth);
  if (origin === undefined) return answered;
  headers.set('access-control-allow-origin', origin);
  headers.set('access-control-expose-headers', 'location, retry-after');
  if (request.method !== 'OPTIONS') return answered;
  headers.set('access-control-allow-methods', 'GET, POST, DELETE');
  const asked = request.headers.get('access-control-request-headers'); // such as one that `auth.owner` reads
  headers.set('access-control-allow-headers', asked ? `${OWN_HEADERS}, ${asked}` : OWN_HEADERS);
  headers.set('access-control-max-age', '600');
  return answered;
}

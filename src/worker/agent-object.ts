import * as z from 'zod';
import { encode } from '../executors/codec';
import { ledger } from './door/ledger';
import type { LivingObject, ObjectHome } from './objects';
import { Problem, problemResponse } from './problem';
import { lastEventId } from './runs/event-stream';
import { HostedRun } from './runs/hosted-run';
import type { RunFacts } from './runs/run-facts';
import { askedAnswers, runOrder } from './runs/run-order';
import { type Secrets, secretsOf } from './secrets/secrets';
import type { WorkerSettings } from './settings';
import { keptTrace } from './traces/kept-trace';

export const EVENT_STREAM = 'text/event-stream';
const asked = z.object({ owner: z.string() });
const askedOfObject = asked.extend({ answers: askedAnswers, counted: z.string() });

/**
 * What lives in one Durable Object: a run, a visitor's ledger or a trace, by the name that it was asked under. Only the worker
 * can ask it, so who may do what is told with each request, and checked here where it is kept.
 */
export function agentObject<Env extends object>(
  settings: WorkerSettings<Env>,
  home: ObjectHome,
  env: Env,
): LivingObject {
  const secrets = sharedSecrets(settings, env);
  const run = new HostedRun(settings, home, env, secrets);
  return {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      try {
        if (pathname.startsWith('/ledger/')) return await ledger(request, home, settings.clock);
        if (pathname.startsWith('/trace/')) return await keptTrace(request, home);
        return await answer(run, request, pathname);
      } catch (error) {
        return problemResponse(error, secrets.fromText);
      }
    },
    alarm: () => run.wake(),
  };
}

/** An isolate has many objects of one worker, which share its settings and environment: what is secret there is worked out once. */
const known = new WeakMap<object, { env: object; secrets: Secrets }>();

function sharedSecrets<Env extends object>(settings: WorkerSettings<Env>, env: Env): Secrets {
  const before = known.get(settings);
  if (before?.env === env) return before.secrets;
  const secrets = secretsOf(env, settings);
  known.set(settings, { env, secrets });
  return secrets;
}

async function answer<Env extends object>(run: HostedRun<Env>, request: Request, pathname: string): Promise<Response> {
  const body: unknown = await request.json();
  if (pathname === '/run/start') {
    const order = runOrder.parse(body);
    await run.start(order);
    return order.attached || wantsEvents(request) ? events(run, order.owner, 0) : facts(await run.facts(order.owner));
  }
  if (pathname === '/run/answer') {
    const { owner, ...given } = askedOfObject.parse(body);
    const isRead = wantsEvents(request);
    const last = await run.answer(owner, { ...given, isRead });
    return isRead ? events(run, owner, last) : facts(await run.facts(owner));
  }
  const { owner } = asked.parse(body);
  if (pathname === '/run/log') return Response.json(await run.log(owner));
  if (pathname === '/run/events') return events(run, owner, lastEventId(request));
  if (pathname === '/run/facts') return facts(await run.facts(owner));
  if (pathname === '/run/abort') return facts(await run.abort(owner));
  throw new Problem('There is nothing here.', { status: 404, code: 'not_found' });
}

/** 204 tells an `EventSource` not to come again. */
async function events<Env extends object>(run: HostedRun<Env>, owner: string, after: number): Promise<Response> {
  const stream = await run.read(owner, after);
  if (!stream) return new Response(null, { status: 204 });
  return new Response(stream, { headers: { 'content-type': EVENT_STREAM, 'x-accel-buffering': 'no' } });
}

function facts(known: RunFacts): Response {
  return new Response(encode(known), { headers: { 'content-type': 'application/json' } });
}

/** Whether `Accept` names the type of event streams, and not to refuse it. */
export function wantsEvents({ headers }: Request): boolean {
  return (headers.get('accept') ?? '').split(',').some((range) => {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return type === EVENT_STREAM && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

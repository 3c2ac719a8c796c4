import type { Objects } from '../objects';
import { Problem } from '../problem';
import type { WorkerSettings } from '../settings';
import { type AskedAdmission, admission, secondsLeftToday, spending } from './ledger';

const LEASE_SLACK_MS = 60_000; // a run that was cut off counts so much longer than the longest one
const EVERYBODY = 'tokens of the day';

/** One of the runs at once of a visitor. */
export interface Lease {
  id: string;
  counted: string;
}

/** Gives the tokens of the day so far. Throws a `Problem` of 429 where this visitor began too many runs, has too many under way, or the day's tokens are gone. */
export async function admitRun<Env>(
  objects: Objects,
  { id, counted }: Lease,
  { limits, clock }: WorkerSettings<Env>,
): Promise<number> {
  const spent = await spendToday(objects, 0);
  if (spent >= limits.tokensPerDay) throw tooMany('The tokens of this day are used up.', secondsLeftToday(clock.now()));
  await askLedger(objects, counted, {
    kind: 'run',
    perMinute: limits.runsPerMinute,
    run: { id, atOnce: limits.runsAtOnce },
  });
  return spent;
}

/** Throws a `Problem` of 429 where this visitor asked the web too often. */
export async function admitWebRequest<Env>(
  objects: Objects,
  counted: string,
  { limits }: WorkerSettings<Env>,
): Promise<void> {
  await askLedger(objects, counted, { kind: 'web', perMinute: limits.webRequestsPerMinute });
}

/** Says that a run is under way: it counts until it is released, or has taken longer than it may. */
export async function confirmRun<Env>(
  objects: Objects,
  { id, counted }: Lease,
  { limits }: WorkerSettings<Env>,
): Promise<void> {
  await post(objects, ledgerOf(counted), '/ledger/confirm', { id, leaseMs: limits.maxRunMs + LEASE_SLACK_MS });
}

/** Says that a run is no longer under way. */
export async function releaseRun(objects: Objects, { id, counted }: Lease): Promise<void> {
  await post(objects, ledgerOf(counted), '/ledger/release', { id });
}

/** Counts tokens of all visitors; gives the sum of the day. */
export async function spendToday(objects: Objects, tokens: number): Promise<number> {
  const sum = spending.parse(await post(objects, EVERYBODY, '/ledger/spend', { tokens }));
  return sum.tokens;
}

async function askLedger(objects: Objects, counted: string, asked: AskedAdmission): Promise<void> {
  const answer = admission.parse(await post(objects, ledgerOf(counted), '/ledger/admit', asked));
  if (!answer.admitted) throw tooMany(answer.why, answer.retryAfterS);
}

function ledgerOf(counted: string): string {
  return `visitor ${counted}`;
}

async function post(objects: Objects, name: string, path: string, body: unknown): Promise<unknown> {
  const request = new Request(`https://object${path}`, { method: 'POST', body: JSON.stringify(body) });
  const reply = await objects(name).fetch(request);
  if (!reply.ok) throw new Error(`the ledger answered ${reply.status}`);
  return reply.json();
}

function tooMany(detail: string, retryAfterS: number): Problem {
  return new Problem(detail, { status: 429, code: 'too_many', headers: { 'retry-after': String(retryAfterS) } });
}

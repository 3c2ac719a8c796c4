import * as z from 'zod';
import type { Clock } from '../../web/clock';
import type { ObjectHome } from '../objects';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** What one visitor did of late, or, under a name of its own, what all spent today. */
const account = z.object({
  /** When runs were begun and the web was asked in the last minute. */
  starts: z.object({ run: z.array(z.number()), web: z.array(z.number()) }),
  /** Runs under way, with the time after which one that was not reported as ended no longer counts. */
  running: z.record(z.string(), z.number()),
  day: z.number(),
  tokens: z.number(),
  /** When the object is woken to be removed. */
  untilMs: z.number(),
});
type Account = z.infer<typeof account>;

/** A run says itself that it is under way, once that is written down; what nobody says so of counts this long. */
const UNCONFIRMED_MS = 15_000;

const askedAdmission = z.object({
  kind: z.enum(['run', 'web']),
  perMinute: z.number(),
  /** Of kind run: its id, and how many may be at once. */
  run: z.object({ id: z.string(), atOnce: z.number() }).optional(),
});
export type AskedAdmission = z.infer<typeof askedAdmission>;

/** Whether a visitor may go on; if not, what was too much and when to come back. */
export const admission = z.union([
  z.object({ admitted: z.literal(true) }),
  z.object({ admitted: z.literal(false), why: z.string(), retryAfterS: z.number() }),
]);
export type Admission = z.infer<typeof admission>;

const askedLease = z.object({ id: z.string(), leaseMs: z.number() });
export const spending = z.object({ tokens: z.number() });

/**
 * Counts for limits: `POST /ledger/admit` for one visitor, `/ledger/confirm` when a run is under way, with the time that it may
 * take, `/ledger/release` when it has ended, `/ledger/spend` for the tokens of the day, answered with their sum. Objects answer
 * one request at a time, so counts are exact.
 */
export async function ledger(request: Request, home: ObjectHome, clock: Clock): Promise<Response> {
  const { pathname } = new URL(request.url);
  const asked: unknown = await request.json();
  const now = clock.now();
  const saved = home.rows.get('account');
  const known = current(saved === undefined ? undefined : account.parse(JSON.parse(saved)), now);
  const answer = answerTo(pathname, asked, known, now);
  const isToBeWoken = known.untilMs < now + DAY_MS;
  if (isToBeWoken) known.untilMs = now + 2 * DAY_MS; // then nothing in it counts any more
  const text = JSON.stringify(known);
  // before any await, or another request would count from the same account; a question alone writes nothing
  if (text !== saved) home.rows.put('account', text);
  if (isToBeWoken) await home.wakeAt(known.untilMs);
  return Response.json(answer);
}

function answerTo(pathname: string, asked: unknown, known: Account, now: number): unknown {
  if (pathname === '/ledger/admit') return admitTo(known, askedAdmission.parse(asked), now);
  if (pathname === '/ledger/confirm') {
    const { id, leaseMs } = askedLease.parse(asked);
    known.running[id] = now + leaseMs;
    return {};
  }
  if (pathname === '/ledger/release') {
    const { id } = z.object({ id: z.string() }).parse(asked);
    delete known.running[id];
    return {};
  }
  known.tokens += spending.parse(asked).tokens;
  return { tokens: known.tokens };
}

/** Without what no longer counts. */
function current(saved: Account | undefined, now: number): Account {
  const day = Math.floor(now / DAY_MS);
  const { starts = { run: [], web: [] }, running = {}, ...today } = saved ?? { day, tokens: 0, untilMs: 0 };
  const isRecent = (at: number) => at > now - MINUTE_MS;
  return {
    starts: { run: starts.run.filter(isRecent), web: starts.web.filter(isRecent) },
    running: Object.fromEntries(Object.entries(running).filter(([, until]) => until > now)),
    day,
    tokens: today.day === day ? today.tokens : 0,
    untilMs: today.untilMs,
  };
}

function admitTo(known: Account, { kind, perMinute, run }: AskedAdmission, now: number): Admission {
  const starts = known.starts[kind];
  const what = kind === 'run' ? 'runs' : 'requests to the web';
  if (starts.length >= perMinute) {
    const [oldest = now] = starts.slice(-perMinute);
    const retryAfterS = Math.max(1, Math.ceil((oldest + MINUTE_MS - now) / 1000));
    return { admitted: false, why: `There were ${perMinute} ${what} in the last minute already.`, retryAfterS };
  }
  if (run && Object.keys(known.running).length >= run.atOnce) {
    const why = `There are ${run.atOnce} runs under way already.`;
    return { admitted: false, why, retryAfterS: 10 };
  }
  starts.push(now);
  if (run) known.running[run.id] = now + UNCONFIRMED_MS;
  return { admitted: true };
}

/** Seconds until the next midnight (UTC). */
export function secondsLeftToday(now: number): number {
  return Math.ceil((DAY_MS - (now % DAY_MS)) / 1000);
}

import { show } from '../json';
import type { Expectation } from './case';
import type { SeenRequest } from './collector';
import type { Played } from './play';

/** What is not as expected; each check is one key of the expectation. */
export function judge(expected: Expectation, played: Played): string[] {
  const failures = [...played.problems];
  const facts = factsOf(played);
  const check = (name: string, isAsExpected: boolean, got: unknown, wanted: unknown): void => {
    if (!isAsExpected) failures.push(`${name}: ${show(got)}, expected ${show(wanted)}`);
  };
  for (const key of EXACT)
    if (expected[key] !== undefined) check(key, facts[key] === expected[key], facts[key], expected[key]);
  for (const key of AT_MOST) {
    const limit = expected[key];
    if (limit !== undefined) check(key, facts[key] <= limit, facts[key], `at most ${limit}`);
  }
  const { deliveredMin, requests, delays } = expected;
  if (deliveredMin !== undefined)
    check('deliveredMin', facts.delivered >= deliveredMin, facts.delivered, `at least ${deliveredMin}`);
  if (requests !== undefined) {
    const [least, most] = typeof requests === 'number' ? [requests, requests] : requests;
    check('requests', facts.requests >= least && facts.requests <= most, facts.requests, requests);
  }
  if (delays) {
    const fits = delays.every(([least, most], index) => isBetween(facts.delays[index], least, most));
    check('delays', fits && delays.length === facts.delays.length, facts.delays, delays);
  }
  const { counters, toldAsDropped } = played;
  check('onDrop', toldAsDropped === counters.lost, toldAsDropped, counters.lost);
  const known = counters.delivered + counters.lost + counters.queued;
  check('counters', counters.ended === known, counters, 'ended = delivered + lost + queued');
  return failures;
}

const EXACT = [
  ...(['delivered', 'lost', 'duplicated', 'lostReported', 'rootsLost'] as const),
  ...(['lostEqualsReported', 'neverRetried', 'sameSpanIds', 'keepalive'] as const),
];
const AT_MOST = ['maxVirtualMs', 'bodyBytesMax', 'concurrentMax', 'keepaliveInFlightBytesMax', 'queueMax'] as const;

/** What came of a case, by the names of the expectations. */
function factsOf({ collector, produced, counters, virtualMs, mostQueued }: Played) {
  const { requests, stored, most } = collector;
  const delivered = [...produced.keys()].filter((id) => stored.has(id)).length;
  const lost = produced.size - delivered;
  const sent = requests.flatMap(({ ids }) => ids);
  const [first, second] = requests;
  return {
    delivered,
    lost,
    duplicated: [...stored.values()].filter((times) => times > 1).length,
    lostReported: counters.lost,
    lostEqualsReported: lost === counters.lost,
    rootsLost: [...produced].filter(([id, { isRoot }]) => isRoot && !stored.has(id)).length,
    requests: requests.length,
    delays: delaysOf(requests),
    maxVirtualMs: virtualMs,
    neverRetried: new Set(sent).size === sent.length,
    sameSpanIds: first !== undefined && second !== undefined && sameIds(first, second),
    bodyBytesMax: Math.max(0, ...requests.map(({ bytes }) => bytes)),
    concurrentMax: most.concurrent,
    keepalive: requests.every(({ keepalive }) => keepalive),
    keepaliveInFlightBytesMax: most.keepaliveBytes,
    queueMax: mostQueued,
  };
}

/** Between each failed answer and the next request that sends some of its spans again. */
function delaysOf(requests: readonly SeenRequest[]): number[] {
  return requests.flatMap(({ failed, ids, answeredAtMs = 0 }, index) => {
    const again = requests.slice(index + 1).find((other) => other.ids.some((id) => ids.includes(id)));
    return failed && again ? [again.atMs - answeredAtMs] : [];
  });
}

function sameIds(one: SeenRequest, other: SeenRequest): boolean {
  return one.ids.length === other.ids.length && one.ids.every((id) => other.ids.includes(id));
}

function isBetween(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}

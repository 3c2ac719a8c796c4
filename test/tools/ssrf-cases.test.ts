import { expect, test } from 'vitest';
import { VisitWebpageTool } from '../../src/tools/visit-webpage';
import type { Fetch } from '../../src/web/fetch';
import { casesOf } from '../fakes/case-files';
import { toolHandle } from '../fakes/tool-handle';

interface Case {
  id: string;
  why: string;
  url: string;
  expect?: 'allow' | 'deny';
  expectAnyOf?: string[];
  at?: string;
  normalized?: string;
  needs?: 'resolver';
  resolves?: Record<string, string[]>;
  resolvesInTurn?: Record<string, string[][]>;
  hops?: { status?: number; location?: string }[];
  requests?: number;
}

/** Plays a case: the fetch looks a name up itself, as a runtime does, unless it was tied to addresses. */
async function play({ url, hops = [], resolves = {}, resolvesInTurn = {}, needs }: Case) {
  const requests: string[] = [];
  const connectedTo: string[] = [];
  const questions: Record<string, number> = {};
  const resolve = async (host: string) => {
    const turn = questions[host] ?? 0;
    questions[host] = turn + 1;
    const inTurn = resolvesInTurn[host];
    return resolves[host] ?? inTurn?.[Math.min(turn, inTurn.length - 1)] ?? ['93.184.215.14'];
  };
  const answer = (input: string | URL | Request, address: string): Response => {
    requests.push(new URL(String(input)).hostname);
    connectedTo.push(address);
    const { status = 200, location } = hops[requests.length - 1] ?? {};
    const headers = { 'content-type': 'text/html', ...(location === undefined ? {} : { location }) };
    return new Response('<p>PAGE-OK</p>', { status, headers });
  };
  const fetch: Fetch = async (input) => {
    const [address = ''] = needs ? await resolve(new URL(String(input)).hostname) : [];
    return answer(input, address);
  };
  const resolver = {
    resolve,
    connect:
      ([address = '']: readonly string[]): Fetch =>
      async (input) =>
        answer(input, address),
  };
  const tool = new VisitWebpageTool(needs ? resolver : {});
  const outcome = await tool.execute({ url }, toolHandle({ fetch })).then(
    (text) => ({ allowed: text.includes('PAGE-OK'), message: '' }),
    (error: Error) => ({ allowed: false, message: error.message }),
  );
  return { ...outcome, requests, connectedTo };
}

const cases = casesOf<Case>('hazards/ssrf-urls.json');

test.each(cases)('$id: $why', async (played) => {
  const { allowed, message, requests, connectedTo } = await play(played);

  const outcomes = played.expectAnyOf ?? [played.expect];
  expect(outcomes).toContainEqual(allowed ? expect.stringMatching(/^allow/) : 'deny');
  if (allowed) {
    for (const outcome of outcomes)
      if (outcome?.startsWith('allow-to ')) expect(connectedTo).toEqual([outcome.slice(9)]);
    if (played.normalized) expect(requests[0]).toBe(played.normalized);
  } else {
    expect(message).toMatch(/refused|redirects/);
    const addresses = [...Object.values(played.resolves ?? {}).flat()];
    for (const address of addresses) expect(message).not.toContain(address);
    const made = played.at?.startsWith('hop ') ? Number(played.at.slice(4)) : 0;
    expect(requests.length).toBe(made);
  }
  if (played.requests !== undefined) expect(requests.length).toBe(played.requests);
});

test('a case that expects the opposite would fail', async () => {
  const open = await play({ id: '', why: '', url: 'https://example.com/' });
  const closed = await play({ id: '', why: '', url: 'http://10.0.0.1/' });

  expect([open.allowed, closed.allowed]).toEqual([true, false]);
});

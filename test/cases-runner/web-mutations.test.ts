import { beforeAll, describe, expect, test } from 'vitest';
import type { AddressCase } from '../../scripts/cases/ssrf-urls/case';
import { judge as judgeAddress } from '../../scripts/cases/ssrf-urls/judge';
import { type Visit as AddressVisit, visit as visitAddress } from '../../scripts/cases/ssrf-urls/play';
import { bodyOf } from '../../scripts/cases/webpages/body';
import type { PageCase, PageExpect } from '../../scripts/cases/webpages/case';
import { judge as judgePage } from '../../scripts/cases/webpages/judge';
import { type Visit as PageVisit, visit as visitPage } from '../../scripts/cases/webpages/play';
import { virtualClock } from '../../src/testing/virtual-clock';
import { casesOf } from '../fakes/case-files';

const NOWHERE = '\u0001nowhere';
const FACTOR = 20; // real limits are no matter of this test

describe('ssrf-urls/1', () => {
  const runs: { item: AddressCase; visited: AddressVisit }[] = [];
  beforeAll(async () => {
    for (const item of [...casesOf<AddressCase>('hazards/ssrf-urls.json'), ...OWN_ADDRESSES])
      runs.push({ item, visited: await visitAddress(item) });
  });

  test('every case passes as it is', () => {
    const failures = runs.flatMap(({ item, visited }) =>
      judgeAddress(item, visited).map((one) => `${item.id}: ${one}`),
    );

    expect(failures).toEqual([]);
  });

  test('every case that is altered fails', () => {
    const survivors = runs.flatMap(({ item, visited }) =>
      mutantsOf(item, visited.isAllowed)
        .filter((mutant) => judgeAddress(mutant, visited).length === 0)
        .map((mutant) => `${item.id}: ${JSON.stringify(mutant)}`),
    );

    expect(survivors).toEqual([]);
  });

  test('a refusal that tells what a name resolves to fails', () => {
    const { item, visited } = runs.find(({ item }) => item.id === 'own-ss-private') ?? {};
    const told = visited && { ...visited, message: `${visited.message} (10.0.0.9)` };

    expect(item && told && judgeAddress(item, told)).toEqual(['policy: the message tells 10.0.0.9']);
  });
});

const OWN_ADDRESSES: readonly AddressCase[] = [
  { id: 'own-ss-public', url: 'https://example.com/', expect: 'allow', normalized: 'example.com', requests: 1 },
  {
    id: 'own-ss-private',
    url: 'https://inner.example/',
    expect: 'deny',
    at: 'connect',
    needs: 'resolver',
    resolves: { 'inner.example': ['10.0.0.9'] },
    requests: 0,
  },
  {
    id: 'own-ss-tied',
    url: 'https://flips.example/',
    expect: 'allow',
    expectAnyOf: ['allow-to 93.184.215.14'],
    needs: 'resolver',
    resolvesInTurn: { 'flips.example': [['93.184.215.14'], ['10.0.0.9']] },
  },
  {
    id: 'own-ss-hop',
    url: 'https://example.com/',
    expect: 'deny',
    at: 'hop 1',
    hops: [{ status: 301, location: 'http://[::1]/' }],
  },
];

function mutantsOf(item: AddressCase, isAllowed: boolean): AddressCase[] {
  const opposite = isAllowed ? 'deny' : 'allow';
  const { expectAnyOf, at, normalized, requests } = item;
  return [
    ...(expectAnyOf ? [withoutPlace({ ...item, expectAnyOf: [isAllowed ? 'allow-to 192.0.2.1' : 'allow'] })] : []),
    ...(expectAnyOf ? [] : [withoutPlace({ ...item, expect: opposite })]),
    ...(at === undefined || isAllowed
      ? []
      : ['hop 7', at === 'url' ? 'connect' : 'url'].map((other) => ({ ...item, at: other }))),
    ...(normalized === undefined ? [] : [{ ...item, normalized: 'nowhere.example' }]),
    ...(requests === undefined ? [] : [{ ...item, requests: requests + 1 }]),
  ];
}

/** What is allowed has no place of refusal. */
function withoutPlace({ at, ...item }: AddressCase): AddressCase {
  const mayDeny = (item.expectAnyOf ?? [item.expect]).includes('deny');
  return mayDeny && at !== undefined ? { ...item, at } : item;
}

describe('webpages/1', () => {
  const runs: { item: PageCase; visited: PageVisit }[] = [];
  beforeAll(async () => {
    for (const item of [...casesOf<PageCase>('hazards/webpages.json'), OWN_PAGE])
      runs.push({ item, visited: await visitPage(item) });
  });

  test('every case passes as it is', () => {
    const failures = runs.flatMap(({ item, visited }) =>
      judgePage(item.expect, visited, FACTOR).map((one) => `${item.id}: ${one}`),
    );

    expect(failures).toEqual([]);
  });

  test.each(Object.entries(PAGE_MUTANTS))('%s that is altered fails every case', (key, mutate) => {
    const survivors = runs.filter(({ item, visited }) => {
      const mutant = mutate(item.expect, visited);
      return mutant && judgePage(mutant, visited, 1).length === 0;
    });

    expect(survivors.map(({ item }) => `${item.id} ${key}`)).toEqual([]);
  });
});

const OWN_PAGE: PageCase = {
  id: 'own-wp-all',
  bodyGen: { prefix: '<p>one <a href="/x">two</a></p>', repeat: '<p>three</p>', times: 10_000 },
  expect: { outcome: 'text', inOrder: ['one', 'two', 'three'], truncated: true, requests: 1, maxReadBytes: 200_000 },
};

/** Each gives an expectation that the visit must fail. */
const PAGE_MUTANTS: Readonly<Record<string, (expected: PageExpect, visited: PageVisit) => PageExpect | undefined>> = {
  outcome: (_, { outcome }) => ({ outcome: outcome === 'text' ? 'error' : 'text' }),
  mustContain: (_, { outcome }) => ({ outcome, mustContain: [NOWHERE] }),
  mustNotContain: (_, { outcome }) => ({ outcome, mustNotContain: [''] }),
  inOrder: ({ inOrder }, { outcome }) => inOrder && { outcome, inOrder: inOrder.toReversed() },
  links: (_, { outcome }) => ({ outcome, links: [['x', NOWHERE]] }),
  maxChars: (_, { outcome, text }) => ({ outcome, maxChars: text.length - 1 }),
  truncated: (_, { outcome, text }) => (text.includes('[truncated') ? undefined : { outcome, truncated: true }),
  errorIncludes: (_, { outcome }) => (outcome === 'error' ? { outcome, errorIncludes: NOWHERE } : undefined),
  maxReadBytes: (_, { outcome, readBytes }) => ({ outcome, maxReadBytes: readBytes - 1 }),
  maxMs: (_, { outcome }) => ({ outcome, maxMs: -1 }),
  maxVirtualMs: (_, { outcome }) => ({ outcome, maxVirtualMs: -1 }),
  requests: (_, { outcome, requests }) => ({ outcome, requests: requests + 1 }),
};

test('a body that a runtime would have unpacked is read as it was before it was packed', async () => {
  let read = 0;
  const page: PageCase = {
    id: 'x',
    bodyGen: { repeat: 'abc', times: 30_000, gzip: true },
    expect: { outcome: 'text' },
  };
  const body = bodyOf(page, virtualClock(), (bytes) => {
    read += bytes;
  });

  const text = await new Response(body).text();

  expect(text).toBe('abc'.repeat(30_000));
  expect(read).toBe(90_000);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RenderingCase, RenderingExpect } from '../../scripts/cases/rendering/case';
import { judge } from '../../scripts/cases/rendering/judge';
import { RENDERING_KEYS } from '../../scripts/cases/rendering/keys';
import { runsWithText } from '../../scripts/cases/rendering/run-with-text';
import type { Shown } from '../../scripts/cases/rendering/shown';
import { bundleForPage } from '../../scripts/cases/stages/chromium';
import { pagesOfRuns } from '../../scripts/cases/stages/pages-of-runs';
import { casesOf } from '../fakes/case-files';
import { openBrowser } from '../fakes/web-runtimes';

const NOWHERE = '\u0001nowhere';
const browser = await openBrowser();
const pages = browser && (await pagesOfRuns(browser, bundleForPage));
const runs: { item: RenderingCase; shown: Shown }[] = [];

beforeAll(async () => {
  for (const item of [...casesOf<RenderingCase>('hazards/rendering.json'), OWN]) {
    const shows = Object.values(runsWithText(item.text, item.place)).map((run) => pages?.showRun(run));
    for (const shown of await Promise.all(shows)) if (shown) runs.push({ item, shown });
  }
}, 240_000); // a sandbox and a page for each

afterAll(async () => {
  await browser?.close();
  await pages?.close();
});

const OWN: RenderingCase = {
  id: 'own-rd-all',
  place: 'thought',
  text: 'see https://fine.example/a. <img src=x>',
  expect: { executed: false, networkMustNot: ['fine.example'], visible: '<img', clickable: ['https://fine.example/a'] },
};

test.skipIf(!browser)('every case passes as it is', () => {
  const failures = runs.flatMap(({ item, shown }) => judge(item.expect, shown).map((one) => `${item.id}: ${one}`));

  expect(runs.length).toBeGreaterThan(0);
  expect(failures).toEqual([]);
});

/** Each gives an expectation that the page must fail. */
const MUTANTS: Readonly<Record<string, (expected: RenderingExpect) => RenderingExpect>> = {
  'expect.executed': () => ({ executed: true }),
  'expect.networkMustNot[]': () => ({ networkMustNot: ['127.0.0.1'] }), // its own host, which it did ask
  'expect.visible': ({ visible = '' }) => ({ visible: `${visible}${NOWHERE}` }),
  'expect.clickable[]': ({ clickable = [] }) => ({ clickable: [...clickable, NOWHERE] }),
};

test.skipIf(!browser).each(Object.entries(MUTANTS))('%s that is altered fails every case', (_, mutate) => {
  const survivors = runs.filter(({ item, shown }) => judge(mutate(item.expect), shown).length === 0);

  expect(survivors.map(({ item }) => item.id)).toEqual([]);
});

test('every key of an expectation has an altered case', () => {
  const keys = Object.keys(RENDERING_KEYS).filter((key) => key.startsWith('expect.'));

  expect(Object.keys(MUTANTS).sort()).toEqual(keys.sort());
});

test.skipIf(!browser).each([
  ['a report of the policy', { reports: ['style-src-attr inline'] }],
  ['an error of the page', { problems: ['Error: boom'] }],
  [
    'a link that says another address',
    { links: [{ address: 'https://a.example/', text: 'here', rel: 'noopener noreferrer' }] },
  ],
  [
    'a link that tells where it was',
    { links: [{ address: 'https://a.example/', text: 'https://a.example/', rel: 'noopener' }] },
  ],
])('%s fails a case', (_, fault) => {
  const [run] = runs;

  expect(run && judge({}, { ...run.shown, ...fault })).toHaveLength(1);
});

test.skipIf(!browser)('a link that is not allowed fails a case', () => {
  const own = runs.find(({ item }) => item.id === OWN.id);

  expect(own && judge({ clickable: [] }, own.shown)).toEqual(['clickable: https://fine.example/a is a link']);
});

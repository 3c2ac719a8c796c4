// `npm test`: installs what is missing, then checks, tests and cases. Ends with one line, `N passed, N failed`.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { buildPackage } from './build.mjs';
import { check } from './check.mjs';
import { findChromium } from './chromium.mjs';
import { installDependencies } from './setup.mjs';
import { loud, root, run } from './steps.mjs';

const CASES = resolve(root, process.env.CASES ?? '../shared');
/** Kinds of data that the runner plays so far, by folder of `CASES`. */
const CASE_FOLDERS = [
  ...['conformance', 'golden', 'hazards/collector-faults.json', 'hazards/model-faults.json'],
  ...['hazards/sandbox-attacks.json', 'hazards/ssrf-urls.json', 'hazards/telemetry-secrets.json'],
  ...['hazards/webpages.json', 'hazards/worker-api.json'],
];

const NOTHING = { passed: 0, failed: 0, skipped: 0 };

const totals = { ...NOTHING };
try {
  await installDependencies();
  const isBuilt = await build();
  const chromium = await findChromium();
  console.log('\nChecks');
  add(await check());
  console.log('\nTests');
  add(await tests(isBuilt, chromium));
  console.log('\nCases');
  for (const runtime of ['node', 'workerd', ...(chromium ? ['chromium'] : [])]) add(await cases(runtime));
} catch (error) {
  console.log(error);
  totals.failed += 1;
}
if (totals.skipped > 0) console.log(`\n${totals.skipped} skipped`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 ? 0 : 1;

/** @typedef {{ passed: number, failed: number, skipped: number }} Totals */

/** @param {Totals} part */
function add({ passed, failed, skipped }) {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
}

/** Whether `dist` is there and up to date. A build that fails is one failure; what needs no build still runs. */
async function build() {
  try {
    await buildPackage();
    return true;
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
    totals.failed += 1;
    return false;
  }
}

/**
 * All vitest projects. Left out are the tests of the built package when there is none, which the build has already been
 * counted for, and those in a page where there is no Chromium, which in CI is a failure.
 * @param {boolean} isBuilt
 * @param {string | undefined} chromium
 */
async function tests(isBuilt, chromium) {
  const report = join(root, 'node_modules', '.cache', 'vitest.json');
  mkdirSync(join(report, '..'), { recursive: true });
  rmSync(report, { force: true }); // an old report must not stand in for one that was never written
  const without = [...(isBuilt ? [] : ['built', 'receivers']), ...(chromium ? [] : ['chromium'])];
  const { status } = await run(`vitest run --reporter=default --reporter=json --outputFile.json="${report}"`, {
    show: true,
    env: { CASES, WITHOUT: without.join(' '), ...(chromium ? { CHROMIUM_PATH: chromium } : {}) },
  });
  const counts = existsSync(report) ? countReport(JSON.parse(readFileSync(report, 'utf8'))) : { ...NOTHING };
  if (status !== 0 && counts.failed === 0) counts.failed = 1; // such as an error outside every test
  if (!isBuilt) loud('The tests of the built package did not run: the build failed (see above)');
  if (!chromium) {
    loud('The tests in a real page did not run: there is no Chromium (see above)');
    counts[process.env.CI ? 'failed' : 'skipped'] += 1;
  }
  return counts;
}

/**
 * Totals of vitest's JSON report. A file that could not be loaded has no tests in it, and counts as one failure.
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: { status: string, assertionResults: unknown[] }[] }} report
 * @returns {Totals}
 */
function countReport({ numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults }) {
  const unloaded = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + unloaded.length,
    skipped: numPendingTests + numTodoTests,
  };
}

/** The data cases in one runtime: the project's own, and the shared ones where they are there. @param {string} runtime */
async function cases(runtime) {
  const shared = CASE_FOLDERS.map((folder) => join(CASES, folder)).filter(existsSync);
  if (shared.length < CASE_FOLDERS.length) {
    loud(
      `The shared cases are not at ${relative(root, CASES)} (set CASES to their folder): only the project's own run`,
    );
  }
  const paths = [join('test', 'cases'), ...shared].map((path) => `"${path}"`).join(' ');
  const { status, output } = await run(`node scripts/run.mjs scripts/cases.ts --runtime ${runtime} ${paths}`, {
    show: true,
    env: { CASES },
  });
  const [, passed, failed, skipped] = output.match(/(\d+) passed, (\d+) failed, (\d+) skipped\s*$/) ?? [];
  if (passed === undefined || (status !== 0 && failed === '0')) return { ...NOTHING, failed: 1 };
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
}

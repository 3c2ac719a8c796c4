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
/** What failed, a line each: told again at the end, since CI keeps the end of a long output. @type {string[]} */
const failures = [];
try {
  await installDependencies();
  const isBuilt = await build();
  const chromium = await findChromium();
  console.log('\nChecks');
  const checks = await check();
  totals.passed += checks.passed;
  for (const name of checks.failures) failed(`check: ${name}`);
  console.log('\nTests');
  add(await tests(isBuilt, chromium));
  console.log('\nCases');
  for (const runtime of ['node', 'workerd', ...(chromium ? ['chromium'] : [])]) add(await cases(runtime));
} catch (error) {
  console.log(error);
  failed(`npm test itself: ${error instanceof Error ? error.message : error}`);
}
if (failures.length > 0) console.log(`\nWhat failed, see above:\n${failures.map((line) => `  ${line}`).join('\n')}`);
if (totals.skipped > 0) console.log(`\n${totals.skipped} skipped`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 ? 0 : 1;

/** @typedef {{ passed: number, failed: number, skipped: number }} Totals */

/** One failure that no report counts. @param {string} line */
function failed(line) {
  failures.push(line);
  totals.failed += 1;
}

/** @param {Totals} part */
function add(part) {
  totals.passed += part.passed;
  totals.failed += part.failed;
  totals.skipped += part.skipped;
}

/** Whether `dist` is there and up to date. A build that fails is one failure; what needs no build still runs. */
async function build() {
  try {
    await buildPackage();
    return true;
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
    failed('the build');
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
  if (status !== 0 && counts.failed === 0) failed(`vitest ended with ${status}: an error outside every test`);
  if (!isBuilt) loud('The tests of the built package did not run: the build failed (see above)');
  if (!chromium) {
    loud('The tests in a real page did not run: there is no Chromium (see above)');
    if (process.env.CI) failed('the tests in a real page: no Chromium');
    else counts.skipped += 1;
  }
  return counts;
}

/**
 * Totals of vitest's JSON report. A file that could not be loaded has no tests in it, and counts as one failure.
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: { name: string, status: string, assertionResults: { status: string, fullName: string }[] }[] }} report
 * @returns {Totals}
 */
function countReport({ numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults }) {
  const unloaded = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  failures.push(...unloaded.map(({ name }) => `${relative(root, name)}: not loaded`));
  for (const { name, assertionResults } of testResults)
    for (const { status, fullName } of assertionResults)
      if (status === 'failed') failures.push(`${relative(root, name)}: ${fullName}`);
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
  failures.push(...(output.match(/^FAILED .*$/gm) ?? []).map((line) => `${runtime}: ${line.slice(7, 300)}`));
  const counts = output
    .match(/(\d+) passed, (\d+) failed, (\d+) skipped\s*$/)
    ?.slice(1)
    .map(Number);
  const [passed = 0, broken = 0, skipped = 0] = counts ?? [];
  if (!counts || (status !== 0 && broken === 0)) failed(`the cases in ${runtime}: the runner ended with ${status}`);
  return { passed, failed: broken, skipped };
}

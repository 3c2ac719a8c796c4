import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { nodeScenarios } from '../test/loss/node-scenarios';
import { launchChromium, pageScenarios } from '../test/loss/page-scenarios';
import type { Arrival, Keeper, Scenario } from '../test/loss/scenario';
import { workerScenarios } from '../test/loss/worker-scenarios';
import { findChromium } from './chromium.mjs';
import { root } from './steps.mjs';

const FILE = join(root, 'docs', 'telemetry-loss.md');
const PAGE_RUNS = 3; // what gets through as a page goes is a race
const KEEPERS: readonly Keeper[] = ['ours', 'journal', 'stock'];

const chromium = await findChromium();
if (!chromium) throw new Error('the scenarios in a page need Chromium');
const browser = await launchChromium(chromium);
try {
  const sections = [
    ['Node', await table(nodeScenarios)],
    [
      'Chromium, the collector on another origin',
      await table(
        pageScenarios(async (): Promise<Browser> => browser),
        PAGE_RUNS,
      ),
    ],
    ['workerd', await table(workerScenarios)],
  ];
  const tables = sections.map(([title, lines]) => `## ${title}\n\n${lines}`).join('\n\n');
  await writeFile(FILE, `${introduction()}\n${tables}\n`);
} finally {
  await browser.close();
}
process.exit(0); // workerd leaves handles open

/** Each cell is the least of so many runs. */
async function table(scenarios: readonly Scenario[], runs = 1): Promise<string> {
  const lines = ['| | ours | ours with the journal | stock |', '| --- | --- | --- | --- |'];
  for (const { name, keepers, run } of scenarios) {
    const cells: string[] = [];
    for (const keeper of KEEPERS)
      cells.push(keepers.includes(keeper) ? cell(await least(() => run(keeper), runs)) : '');
    lines.push(`| ${[name, ...cells].join(' | ')} |`);
    console.log(lines.at(-1));
  }
  return lines.join('\n');
}

async function least(run: () => Promise<Arrival>, runs: number): Promise<Arrival> {
  const arrivals: Arrival[] = [];
  while (arrivals.length < runs) arrivals.push(await run());
  return arrivals.reduce((one, other) => (other.arrived < one.arrived ? other : one));
}

function cell({ ended, arrived, counted = 0 }: Arrival): string {
  const loss = counted > 0 ? ` (${counted} counted as lost)` : '';
  return arrived === ended ? `all ${ended}` : `**${arrived} of ${ended}**${loss}`;
}

function introduction(): string {
  return `# Spans lost

How many spans a collector has in the end: \`FetchBatchSpanProcessor\`, the same with \`journal: true\`, and beside them in the
same run OpenTelemetry's \`BatchSpanProcessor\` with \`OTLPTraceExporter\`. Made by
\`node scripts/run.mjs scripts/telemetry-loss.ts\` against a collector on loopback that fails on command; the tests in
\`test/loss\` play the same scenarios.

In Node, time is virtual, for both alike: the timers and the date of the process stand still while anything happens, and jump to
the next timer when nothing does, since the stock processor takes no clock. In Chromium the page is
opened once more at the end, as visitors do: that is when a journal is read. In workerd ours has one processor a request
(\`waitUntil\`), the stock one is shared. A page that is gone can count no losses; one that lives counts every one.
In Chromium each figure is the least of ${PAGE_RUNS} runs: a page that goes is sure of the 64 KiB that a browser lets it send then, about
113 of these spans, roots first; what was on its way before gets through more often than not. So the page that is left at once was seen with 113 of its 300 as well, with
and without the journal, which is sure of what ended 200 ms before.
`;
}

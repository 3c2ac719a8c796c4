// `node scripts/run.mjs scripts/phoenix-picture.ts` runs the example against a real Phoenix and takes docs/img/phoenix.png.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { runExample } from '../demo/run-example';
import { PROGRAM_SCRIPT, servePublic } from '../test/fakes/public-server';
import { CHROMIUM_ARGUMENTS } from './cases/stages/chromium';
import { findChromium } from './chromium.mjs';
import { startPhoenix } from './receivers/phoenix.mjs';
import { root } from './steps.mjs';

const PICTURE = join(root, 'docs', 'img', 'phoenix.png');
const RECORDING = join(root, 'demo', 'recordings', 'gdp.run.json');
const SIZE = { width: 1440, height: 1000 };
const MODEL_CALL = 1; // the second: the managed agent's first, which has tools, and calls one
const DRAWN_MS = 4_000; // Phoenix tells nobody when it has drawn all

const phoenix = await startPhoenix();
try {
  const link = await runOnce(`${phoenix.origin}/v1/traces`);
  console.log(link);
  await takePicture(link);
} finally {
  await phoenix.stop();
}

/** Runs the example, recorded where there is a recording, else with a scripted model; gives the link that it prints. */
async function runOnce(otlp: string): Promise<string> {
  const recording = await readFile(RECORDING, 'utf8').catch(() => undefined);
  await using server = await servePublic({ script: PROGRAM_SCRIPT });
  const live = ['--endpoint', `${server.origin}/https://model.invalid/v1`, '--model', 'gpt-4o-mini', '--local-web'];
  let printed = '';
  const exitCode = await runExample({
    words: ['--otlp', otlp, ...(recording ? [] : live)],
    environment: {},
    terminal: {
      write: (text) => {
        printed += text;
      },
      isTerminal: false,
      colours: false,
      now: () => performance.now(),
    },
    complain: (text) => console.error(text),
    readRecording: async () => JSON.parse(recording ?? ''),
    fetch,
    signal: new AbortController().signal,
  });
  const [, link] = printed.match(/\nTrace: (\S+)\n$/) ?? [];
  if (exitCode !== 0 || !link) throw new Error(`the example ended with ${exitCode}:\n${printed}`);
  return link;
}

async function takePicture(link: string): Promise<void> {
  const executablePath = await findChromium();
  if (!executablePath) throw new Error('a picture needs Chromium');
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
  try {
    const page = await browser.newPage({ viewport: SIZE });
    await page.goto(link);
    await page.waitForURL(/\/projects\//);
    await page.getByText('OpenAIModel.generate').nth(MODEL_CALL).click();
    await page.getByText('Messages').first().waitFor();
    await page.waitForTimeout(DRAWN_MS);
    await page.screenshot({ path: PICTURE });
    console.log(page.url());
  } finally {
    await browser.close();
  }
}

import { expect, test } from 'vitest';
import { openStage } from '../../scripts/cases/stages/open-stage';
import { findChromium } from '../../scripts/chromium.mjs';

const chromium = await findChromium();
const END = { tool_calls: [{ id: 'k', name: 'final_answer', arguments: { answer: 1 } }] };
const CODE = { text: '<code>\nfinal_answer(await Promise.resolve(navigatorName()))\n</code>' };
const HALF = "<code>\nfinal_answer('\ud83d')\n</code>"; // half a character, which drivers of pages lose
const here = {
  id: 'code',
  agent: 'code',
  task: 'Where?',
  tools: [{ name: 'navigatorName', behaviour: { kind: 'return', value: 'a tool' } }],
  script: [CODE],
  expect: { final: 'a tool' },
};
const file = {
  kind: 'conformance/1',
  cases: [
    { id: 'good', agent: 'tool-calling', task: 'Go.', script: [END], expect: { final: 1 } },
    { id: 'bad', agent: 'tool-calling', task: 'Go.', script: [END], expect: { final: 2 } },
    here,
    { id: 'half', agent: 'code', task: 'Say.', script: [{ text: HALF }], expect: { final: '\ud83d' } },
  ],
};

test.each(['node', 'chromium', 'workerd'] as const)(
  'cases pass and fail in %s for the same reasons, the sandbox included',
  async (runtime) => {
    if (runtime === 'chromium' && !chromium) return expect(process.env.CI).toBeUndefined();
    await using stage = await openStage(runtime);

    const verdicts = [];
    for await (const verdict of stage.play(file, { file: 'four.json', only: undefined })) verdicts.push(verdict);

    expect(stage.realTimeFactor).toBeGreaterThanOrEqual(1);
    expect(verdicts).toEqual([
      { file: 'four.json', id: 'good', state: 'passed' },
      { file: 'four.json', id: 'bad', state: 'failed', reasons: ['final: got 1, expected 2'] },
      { file: 'four.json', id: 'code', state: 'passed' },
      { file: 'four.json', id: 'half', state: 'passed' },
    ]);
  },
);

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { makeManager, QUESTION } from '../../demo/program';
import { collectEvents, readRunFile, replayRun } from '../../src/testing';

const RECORDING = new URL('../../demo/recordings/gdp.run.json', import.meta.url);
const silent = {
  modelId: 'silent',
  generate: () => {
    throw new Error('a replay asks no model');
  },
};

// Where this fails, the program says something else to the model than it did when the run was recorded. Record it anew:
// npm run example -- --endpoint URL --model ID --local-web --record demo/recordings/gdp.run.json
test('the recording of the example is still what the program does, event for event', async () => {
  const file = readRunFile(JSON.parse(await readFile(RECORDING, 'utf8')));

  const { events } = await collectEvents(replayRun(makeManager(silent), file));

  expect(file.task).toBe(QUESTION);
  expect(JSON.parse(JSON.stringify(events, withoutMessages))).toEqual(JSON.parse(JSON.stringify(file.events)));
});

/** The recording leaves out the messages of each model call. */
function withoutMessages(key: string, value: unknown): unknown {
  return key === 'inputMessages' ? undefined : value;
}

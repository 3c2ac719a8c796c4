import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { SAMPLES } from '../../demo/page/samples';
import { makeManager, QUESTION } from '../../demo/program';
import { collectEvents, readRunFile, replayRun } from '../../src/testing';

const read = async (name: string) =>
  readRunFile(JSON.parse(await readFile(new URL(`../../demo/recordings/${name}`, import.meta.url), 'utf8')));
const silent = {
  modelId: 'silent',
  generate: () => {
    throw new Error('a replay asks no model');
  },
};

// Where this fails, the program says something else to the model than it did when the run was recorded. Record it anew:
// npm run example -- --endpoint URL --model ID --local-web --record demo/recordings/gdp.run.json
// and for the other one --broken-page https://harbour-street-journal.example/2025/us-growth as well
test.each(['gdp.run.json', 'failing-page.run.json'])(
  '%s, a recording of the example, is still what the program does, event for event',
  async (name) => {
    const file = await read(name);

    const { events } = await collectEvents(replayRun(makeManager(silent), file));

    expect(file.task).toBe(QUESTION);
    expect(JSON.parse(JSON.stringify(events, withoutMessages))).toEqual(JSON.parse(JSON.stringify(file.events)));
  },
);

test('the page says of each recording the day and the model that are in its file', async () => {
  for (const { file, about, task } of SAMPLES) {
    const { recordedAt, modelId, task: asked } = await read(file.replace('/page/', ''));
    const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(recordedAt));

    expect(about).toContain(`${day}, model `);
    expect(about).toContain(`(“${modelId}”)`);
    expect(task).toBe(asked);
  }
});

test('the second recording has a tool that failed, and an answer nevertheless', async () => {
  const { toolResults, result } = await read('failing-page.run.json');

  const errors = toolResults.map(({ result: told }) => JSON.stringify(told)).filter((text) => text.includes('error'));

  expect(errors.join()).toContain('harbour-street-journal.example/2025/us-growth answered 503');
  expect(result).toMatchObject({ state: 'success' });
});

/** The recording leaves out the messages of each model call. */
function withoutMessages(key: string, value: unknown): unknown {
  return key === 'inputMessages' ? undefined : value;
}

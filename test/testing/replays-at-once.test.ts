import { expect, test } from 'vitest';
import { watchRuns } from '../../src/agents/scope';
import { succinctEvent } from '../../src/agents/succinct-event';
import type { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { runWatcher } from '../../src/telemetry';
import { collectEvents } from '../../src/testing/collect-events';
import { recordRun } from '../../src/testing/record-run';
import { type RunFile, readRunFile, writeRunFile } from '../../src/testing/recording';
import { replayRun } from '../../src/testing/replay-run';
import { busyTeam, changingPages, type TeamOptions } from '../fakes/busy-team';
import { tracing } from '../fakes/tracing';

const REPLAYS = 12; // at once, so that each is slower than the run was, and none as the next

const throughJson = (file: RunFile) => readRunFile(JSON.parse(JSON.stringify(writeRunFile(file))));
const recorded = async (team: ToolCallingAgent) =>
  throughJson(await recordRun(team, 'Go.', { fetch: changingPages() }));

/** The events as text, what a departure says behind them. */
async function told(team: ToolCallingAgent, file: RunFile): Promise<string> {
  const { events, error } = await collectEvents(replayRun(team, file));
  return JSON.stringify(events.map(succinctEvent)) + (file.result.state === 'success' ? (error ?? '') : '');
}

test.each<[string, TeamOptions]>([
  ['work at once, three deep, with code that waits for several calls', {}],
  ['do not stream', { streams: false }],
  ['wait for a human deep inside', { asks: true }],
  ['fail meanwhile', { fails: true }],
  ['are cut short by their budget of steps', { budget: { steps: 7 }, naps: false }],
  ['are cut short by their budget of time', { budget: { durationMs: 60 }, naps: false }],
])('agents that %s tell the same events, times and ids included, in every replay', async (_, options) => {
  const file = await recorded(busyTeam(options));

  const texts = await Promise.all(Array.from({ length: REPLAYS }, () => told(busyTeam(options), file)));

  expect([...new Set(texts)]).toEqual([JSON.stringify(file.events)]);
});

test('the spans of agents that work at once are the same, and end in the same order', async () => {
  const [before, after] = [tracing(), tracing()];
  const team = () => busyTeam({ naps: false });
  const stopFirst = watchRuns(runWatcher({ tracerProvider: before.tracerProvider }));
  const file = await recorded(team());
  stopFirst();

  const stopSecond = watchRuns(runWatcher({ tracerProvider: after.tracerProvider }));
  await collectEvents(replayRun(team(), file));
  stopSecond();

  const [old, again] = [before, after].map(({ spans }) =>
    spans().map(({ name, attributes, status }) => ({ name, attributes, status })),
  );
  expect(old?.length).toBeGreaterThan(40);
  expect(again).toEqual(old);
  expect(after.paths()).toEqual(before.paths());
});

test('calls that ask for the same thing at the same time are each given their own answer, whoever asks first', async () => {
  const file = await recorded(busyTeam());
  const turned = { ...file, exchanges: file.exchanges.toReversed(), modelReplies: file.modelReplies.toReversed() };

  const text = await told(busyTeam(), turned);

  expect(text).toBe(JSON.stringify(file.events));
});

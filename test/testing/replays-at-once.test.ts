import { expect, test } from 'vitest';
import { watchRuns } from '../../src/agents/scope';
import { succinctEvent } from '../../src/agents/succinct-event';
import { runWatcher } from '../../src/telemetry';
import { collectEvents } from '../../src/testing/collect-events';
import { recordRun } from '../../src/testing/record-run';
import { type RunFile, readRunFile, writeRunFile } from '../../src/testing/recording';
import { replayRun } from '../../src/testing/replay-run';
import { busyTeam, changingPages, type TeamOptions } from '../fakes/busy-team';
import { tracing } from '../fakes/tracing';

const N = Number(process.env.STRESS ?? 5);
const throughJson = (file: RunFile) => readRunFile(JSON.parse(JSON.stringify(writeRunFile(file))));

test.each<TeamOptions>([{}, { asks: true }, { fails: true }, { streams: false }])(
  'stress %o',
  async (options) => {
    const counts: Record<string, number> = {};
    for (let round = 0; round < N; round++) {
      const file = throughJson(await recordRun(busyTeam(options), 'Go.', { fetch: changingPages() }));
      counts[file.result.state] = (counts[file.result.state] ?? 0) + 1;
      await Promise.all(
        Array.from({ length: 4 }, async () => {
          const { events, error } = await collectEvents(replayRun(busyTeam(options), file));
          const name = error ? String(error).slice(0, 700) : 'same';
          if (error && !name.includes('departs')) {
            counts[name] = (counts[name] ?? 0) + 1;
          } else if (error) {
            counts[name] = (counts[name] ?? 0) + 1;
          }
          const equal = JSON.stringify(events.map(succinctEvent)) === JSON.stringify(file.events);
          counts[equal ? 'equal' : 'unequal'] = (counts[equal ? 'equal' : 'unequal'] ?? 0) + 1;
        }),
      );
    }
    console.log(JSON.stringify(options), JSON.stringify(counts, null, 1));
  },
  300_000,
);

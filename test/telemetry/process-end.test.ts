import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('a process waits for its collector for a while, and then ends all the same', async () => {
  const file = 'test/fakes/ends-without-collector.ts';

  const { stdout } = await promisify(execFile)('node', ['scripts/run.mjs', file], { timeout: 100_000 });

  expect(stdout).toContain('5 retries'); // and is not there for the waits that follow, of up to a minute
});

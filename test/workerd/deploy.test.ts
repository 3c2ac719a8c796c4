import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('the worker of the project can be deployed as it stands: code, engine, objects and assets', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'deploy-'));
  const wrangler = ['node_modules/wrangler/bin/wrangler.js', 'deploy', '--dry-run', '--outdir', folder];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, wrangler, {
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1' },
    });

    const files = await readdir(folder);

    expect(stdout).toContain('env.AGENT_RUNS (AgentRunObject)');
    expect(stdout).toContain('env.ASSETS');
    expect(files).toEqual(expect.arrayContaining(['worker.js', expect.stringMatching(/quickjs-hardened\.wasm$/)]));
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);

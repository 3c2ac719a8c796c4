import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startModelServer } from '../fakes/model-server';
import { codeReply, toolCall } from '../fakes/public-server';
import { startProjectWorker } from '../fakes/web-runtimes';

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
    expect(stdout).toContain('Running: npm run page'); // what is not built yet is built first
    expect(files).toEqual(expect.arrayContaining(['worker.js', expect.stringMatching(/quickjs-hardened\.wasm$/)]));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('by its `wrangler.toml` the worker of the project runs the example with its managed agent, and shows its page', async () => {
  await using model = await startModelServer([
    codeReply("console.log(await managed_agent({ task: 'Halve 84.' }));").content,
    toolCall('final_answer', { answer: 'It is 42.' }),
    codeReply('final_answer(42);').content,
  ]);
  const worker = await startProjectWorker({
    AGENT_TOKEN: { type: 'secret_text', value: 'token-of-the-visitor' },
    MODEL_ENDPOINT: { type: 'plain_text', value: model.url },
  });
  onTestFinished(() => worker.dispose());
  const { origin } = await worker.url;
  const headers = { authorization: 'Bearer token-of-the-visitor', 'content-type': 'application/json' };

  const body = JSON.stringify({ agent: 'manager', task: 'Half of 84?' });
  const started = await fetch(`${origin}/runs`, { method: 'POST', body, headers });
  const address = `${origin}${started.headers.get('location')}`;
  const events = await (await fetch(`${address}/events`, { headers })).text();
  const page = await fetch(origin);

  expect(events).toContain('It is 42.');
  expect(await (await fetch(address, { headers })).json()).toMatchObject({ state: 'success', output: 42, steps: 2 });
  expect(page.headers.get('content-type')).toContain('text/html');
});

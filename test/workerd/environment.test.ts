import { afterEach, expect, test } from 'vitest';
import { startWorker, type WorkerSettings } from '../fakes/web-runtimes';

let worker: Awaited<ReturnType<typeof startWorker>> | undefined;
afterEach(() => worker?.dispose());

const variable = (value: string) => ({ type: 'plain_text', value }) as const;

test.each<[string, WorkerSettings, object]>([
  ['no variables', {}, { input: 'the input', output: 'the output', token: null }],
  [
    'its variables',
    { bindings: { OPENINFERENCE_HIDE_INPUTS: variable('true'), HF_TOKEN: variable('hf_worker') } },
    { input: '__REDACTED__', output: 'the output', token: 'Bearer hf_worker' },
  ],
  [
    'a binding that is no text',
    { bindings: { OPENINFERENCE_HIDE_INPUTS: { type: 'json', value: { not: 'a text' } } } },
    { input: 'the input', output: 'the output', token: null },
  ],
  [
    'its `process.env`',
    { compatibilityFlags: ['nodejs_compat'], bindings: { OPENINFERENCE_HIDE_INPUTS: variable('true') } },
    { input: '__REDACTED__', output: '__REDACTED__', token: null },
  ],
])('a worker with %s masks by them, and takes its token from there', async (_, settings, expected) => {
  worker = await startWorker('test/workerd/masked-run.ts', settings);

  const reply = await worker.fetch('http://127.0.0.1/');

  expect(await reply.json()).toEqual(expected);
});

import { expect, test } from 'vitest';
import { nodeProgram } from '../fakes/node-program';

test('runs of a code agent leave nothing on the global object of Node', async () => {
  const output = await nodeProgram(PROGRAM);

  expect(JSON.parse(output)).toEqual({ answer: 3, added: [] });
});

const PROGRAM = `
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { CodeAgent } from '../agents/code-agent';
import { code, scriptedModel } from '../testing';
import { WorkerThreadExecutor } from './node/worker-host';

const before = Reflect.ownKeys(globalThis);
const [, , wasm = '', worker = ''] = process.argv;
const executor = new WorkerThreadExecutor({ wasm: () => readFile(wasm), workerUrl: pathToFileURL(worker) });
const model = scriptedModel(code('let n = 1'), code('n += 2'), code('final_answer(n)'));
const agent = new CodeAgent({ model, executor });
const answer = await agent.run('Count.', { log: () => {} }); // whoever keeps a log waits for the compressed snapshots
const added = Reflect.ownKeys(globalThis).filter((key) => !before.includes(key)).map(String);
console.log(JSON.stringify({ answer, added }));
`;

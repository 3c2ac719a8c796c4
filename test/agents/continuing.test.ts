import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import { code, failure, scriptedModel } from '../../src/testing';

test('values given to a run that failed before any code are variables of the next one', async () => {
  const model = scriptedModel(code('const a = 1;\nfinal_answer(a)'), failure('down'), code('final_answer([a, x])'));
  const agent = new CodeAgent({ model });
  await agent.run('One.');

  const failing = agent.run('Two.', { reset: false, additionalArgs: { x: 5 } });

  await expect(failing).rejects.toMatchObject({ code: 'generation' });
  expect(await agent.run('Three.', { reset: false })).toEqual([1, 5]);
});

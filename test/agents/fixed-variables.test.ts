import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/index';
import { code, scriptedModel } from '../../src/testing';

/** Never comes back, and is not stopped by the interrupt. */
const DODGE = '(2n ** 900_000n / 3n ** 200_000n).toString()';

/** The first step of the first run puts `slot` under the name `city`; a second run sets `city` to a text. */
function twoRuns(slot: string, ...later: string[]) {
  const first = code(`let keep = 5; Object.defineProperty(globalThis, 'city', ${slot}); final_answer(1)`);
  const model = scriptedModel(first, ...later.map(code));
  const agent = new CodeAgent({ model, stepTimeoutMs: 20_000 });
  const again = { reset: false, additionalArgs: { city: 'Rome' }, returnFullResult: true } as const;
  const second = async () => {
    await agent.run('One.');
    return agent.run('Two.', again);
  };
  return { model, second };
}

test('a variable of a new task takes the place of a setter that earlier code put there, which is not called', async () => {
  const setter = "{ set() { keep = 'called'; for (;;); }, get: () => 'mine', configurable: true }";
  const { second } = twoRuns(setter, 'final_answer([city, keep])');

  const { output } = await second();

  expect(output).toEqual(['Rome', 5]);
});

test.each([
  ['a setter that would not stop', `{ set() { keep = ${DODGE}; }, get: () => 'mine' }`],
  ['a value', "{ value: 'mine' }"],
])(
  'where earlier code fixed a name as %s, the run goes on and the model is told that it has no new value',
  async (_, slot) => {
    const { model, second } = twoRuns(slot, 'city', 'final_answer([city, keep])');

    const { output } = await second();

    expect(output).toEqual(['mine', 5]);
    expect(JSON.stringify(model.requests[2]?.messages.at(-1))).toContain('city could not be set');
  },
);

import { tool } from '../../src/tools/tool';

export const addOne = tool({
  name: 'add_one',
  description: 'Adds one.',
  inputs: { a: { type: 'number', description: 'The number.' } },
  execute: ({ a }) => a + 1,
});
export const wait = tool({
  name: 'wait',
  description: 'Waits and says the word.',
  inputs: { ms: { type: 'integer', description: 'How long.' }, word: { type: 'string', description: 'What to say.' } },
  execute: async ({ ms, word }, { clock, signal }) => {
    await clock.sleep(ms, signal);
    return word;
  },
});

/** Waits for a human's word. */
export const pay = tool({ name: 'pay', description: 'Pays.', inputs: {}, needsApproval: true, execute: () => 'paid' });
/** The same, with an amount. */
export const payEuros = tool({
  name: 'pay',
  description: 'Pays.',
  inputs: { euros: { type: 'number', description: 'How much.' } },
  needsApproval: true,
  execute: ({ euros }) => `paid ${euros}`,
});

import { expect, test } from 'vitest';
import { editText } from '../../demo/page/edit-text';
import type { ForkEdits } from '../../src/agents/agent';

test.each<[ForkEdits, string]>([
  [{}, ''],
  [{ code: '1' }, ', with other code'],
  [{ reply: 'a', task: 'b' }, ', with another task and another reply'],
  [{ results: { c1: 1 } }, ', with another result'],
  [{ results: { c1: 1, c2: 2 } }, ', with other results'],
  [{ earlier: { 1: { seen: 'n is 21' } } }, ', with another observation in step 1'],
  [{ earlier: { 2: { said: 'a' } } }, ', with another reply in step 2'],
  [
    { managed: { c1: { step: 3, results: { c2: 1 } } } },
    ', inside it from step 3 of a managed agent on, with another result',
  ],
])('a branch tells what was edited: %j', (edits, words) => {
  expect(editText(edits)).toBe(words);
});

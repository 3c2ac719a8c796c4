import { expect, test } from 'vitest';
import { StopCut, takesStop } from '../../src/models/stop-sequences';

test.each([
  'o3',
  'o3-2025-04-16',
  'openai/o3',
  'o4-mini',
  'o4',
  'gpt-5',
  'gpt-5-mini',
  'gpt-5.1',
  'grok-4',
  'x-ai/grok-3-mini',
  'oci/xai.grok-4',
])('%s refuses stop sequences', (modelId) => {
  expect(takesStop(modelId)).toBe(false);
});

test.each([
  'o3-mini',
  'openai/o3-mini',
  'gpt-4o',
  'gpt-4.1',
  'o1',
  'Qwen/Qwen2.5-Coder-32B-Instruct',
  'proto3',
  'grok',
  'my-o3',
])('%s takes stop sequences', (modelId) => {
  expect(takesStop(modelId)).toBe(true);
});

test('text is cut at the first stop sequence wherever its pieces are cut', () => {
  const text = 'Thought: Obs, then.\nObservation: made up. Calling tools: no';

  const cuts = [1, 2, 3, 7, 100].map((size) => cutInPieces(text, size));

  for (const cut of cuts) expect(cut).toBe('Thought: Obs, then.\n');
});

test('what could begin a stop sequence is held back, and given when the text ends', () => {
  const cut = new StopCut(['Observation:']);

  const pieces = [cut.push('So Obs'), cut.push('erv'), cut.push('e. Ob'), cut.flush()];

  expect(pieces).toEqual(['So ', '', 'Observe. ', 'Ob']);
});

function cutInPieces(text: string, size: number): string {
  const cut = new StopCut(['Calling tools:', 'Observation:']);
  let kept = '';
  for (let start = 0; start < text.length; start += size) kept += cut.push(text.slice(start, start + size));
  return kept + cut.flush();
}

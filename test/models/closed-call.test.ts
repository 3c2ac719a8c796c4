import { expect, test } from 'vitest';
import { ClosedCall } from '../../src/models/closed-call';
import { processorMs } from '../fakes/processor-time';

const CALL = '{"name": "find", "arguments": {"q": "a \\"}\\" b"}}';

test.each([
  [`${CALL}\n\nmore`, `${CALL}\n\n`],
  [`so {this}: ${CALL}\n\`\`\`\nThe result is surely 12`, `so {this}: ${CALL}\n\`\`\`\nThe result is surely`],
  [`${CALL}</tool_call>`, `${CALL}</tool_call>`],
  [`{"name": "other", "arguments": {}}\n\n${CALL}\n \nx`, `{"name": "other", "arguments": {}}\n\n${CALL}\n \n`],
  ['{"name": "find"}\n\nand more words than twenty characters', undefined],
  [`{"tool_calls": [${CALL}]}\n\nand more words than twenty characters`, undefined],
  [`<think>${CALL}\n\nand more words than twenty characters</think>`, undefined],
  ['use {this and "that\n\nand more words than twenty characters', undefined],
])('of %j is kept %j, wherever its pieces are cut', (text, kept = text) => {
  const readings = [1, 2, 5, 500].map((size) => keptOf(text, size));

  for (const reading of readings) expect(reading).toBe(kept);
});

test('a long text of objects and white space is read in linear time', async () => {
  const took = await processorMs(() => {
    const watch = new ClosedCall(['find']);
    for (let index = 0; index < 200_000; index++) watch.push('{"name": "x"} ');
    for (let index = 0; index < 200_000 && !watch.full; index++) watch.push(index === 0 ? CALL : ' ');
    expect(watch.full).toBe(true);
  });

  expect(took).toBeLessThan(4_000);
});

test('where no tool is offered all is kept', () => {
  expect(new ClosedCall([]).push(`${CALL}\n\nmore`)).toBe(`${CALL}\n\nmore`.length);
});

function keptOf(text: string, size: number): string {
  const watch = new ClosedCall(['find']);
  let kept = '';
  for (let start = 0; start < text.length && !watch.full; start += size) {
    const piece = text.slice(start, start + size);
    kept += piece.slice(0, watch.push(piece));
  }
  return kept;
}

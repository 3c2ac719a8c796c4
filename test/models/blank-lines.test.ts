import { expect, test } from 'vitest';
import { BlankLines } from '../../src/models/blank-lines';

test.each([
  ['a\n\n\n\nb', 'a\n\n\n\n'],
  ['a\n \n\t\r\n\nb', 'a\n \n\t\r\n\n'],
  ['a\n\nb\n\n\nc', 'a\n\nb\n\n\nc'],
  ['a\n\n x\n\n\n\n\n', 'a\n\n x\n\n\n\n'],
  ['\n\n\na', '\n\n\na'],
])('of %j is kept %j with a limit of three blank lines, wherever its pieces are cut', (text, kept) => {
  const readings = [1, 2, 5, 100].map((size) => keptOf(text, size));

  for (const reading of readings) expect(reading).toBe(kept);
});

function keptOf(text: string, size: number): string {
  const lines = new BlankLines(3);
  let kept = '';
  for (let start = 0; start < text.length && !lines.full; start += size) {
    const piece = text.slice(start, start + size);
    kept += piece.slice(0, lines.push(piece));
  }
  return kept;
}

import { expect, test } from 'vitest';
import { count, dollars, kilobytes, seconds } from '../../src/trace-viewer/figures';

test.each([
  [0, '0 s'],
  [0.2, '<1 ms'],
  [4, '4 ms'],
  [658, '0.66 s'],
  [12_345, '12.3 s'],
  [125_000, '2 min 5 s'],
  [7_260_000, '2 h 1 min'],
  [-658, '−0.66 s'],
])('%s milliseconds are told as %s', (ms, text) => {
  expect(seconds(ms)).toBe(text);
});

test.each([
  [0, '$0'],
  [0.0004, '$0.0004'],
  [0.012, '$0.012'],
  [1.5, '$1.50'],
])('%s dollars are told as %s', (cost, text) => {
  expect(dollars(cost)).toBe(text);
});

test('counts have thousands, and sizes a unit', () => {
  expect([count(1234), kilobytes(12), kilobytes(120_400), kilobytes(2_300_000)]).toEqual([
    '1,234',
    '12 B',
    '120 kB',
    '2.3 MB',
  ]);
});

import { expect, test } from 'vitest';
import { decodeText } from '../../src/web/charset';

const bytes = (...values: number[]) => Uint8Array.from(values);
const ascii = (text: string) => [...text].map((character) => character.charCodeAt(0));

test('windows-1252 punctuation is decoded as the Encoding Standard has it, also where the runtime does not', () => {
  const text = decodeText(bytes(0x93, 0x80, 0x94, 0xe9), 'text/html; charset=iso-8859-1');

  expect(text).toBe('“€”é');
});

test('a byte-order mark beats the header, the header beats the document', () => {
  expect(decodeText(bytes(0xff, 0xfe, 0x41, 0x00), 'text/html; charset=utf-8')).toBe('A');
  expect(decodeText(bytes(...ascii('<meta charset=shift_jis>'), 0xc3, 0xa9), 'text/html; charset=utf-8')).toContain(
    'é',
  );
});

test('bytes that are not UTF-8 and of no known charset are read as windows-1252', () => {
  expect(decodeText(bytes(...ascii('caf'), 0xe9, 0x21), 'text/plain; charset=x-no-such')).toBe('café!');
});

test('text cut in the middle of a UTF-8 character stays UTF-8', () => {
  expect(decodeText(bytes(0xc3, 0xa9, 0xe2, 0x82), 'text/plain')).toBe('é');
});

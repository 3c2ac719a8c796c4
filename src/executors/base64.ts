import { charCode, errorNamed, newBytes } from './primordials';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 with padding. Throws a `RangeError` where the text would be longer than `maxCharacters`. */
export function base64(bytes: Uint8Array, maxCharacters: number): string {
  if ((bytes.length * 4) / 3 > maxCharacters) {
    throw errorNamed('RangeError', `the value is longer than ${maxCharacters} characters`);
  }
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const first = bytes[index] ?? 0;
    const second = bytes[index + 1];
    const third = bytes[index + 2];
    text += letter(first >> 2) + letter(((first & 3) << 4) | ((second ?? 0) >> 4));
    text += second === undefined ? '=' : letter(((second & 15) << 2) | ((third ?? 0) >> 6));
    text += third === undefined ? '=' : letter(third & 63);
  }
  return text;
}

/** Throws a `TypeError` for text that `base64` does not write. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  const length = text.length;
  const padding = text[length - 1] !== '=' ? 0 : text[length - 2] === '=' ? 2 : 1;
  const bytes = newBytes(length === 0 ? 0 : (length / 4) * 3 - padding);
  if (length % 4 !== 0) throw errorNamed('TypeError', 'base64 of a wrong length');
  let at = 0;
  for (let index = 0; index < length; index += 4) {
    const last = index + 4 === length ? padding : 0;
    const bits =
      (sextet(text, index) << 18) |
      (sextet(text, index + 1) << 12) |
      ((last > 1 ? 0 : sextet(text, index + 2)) << 6) |
      (last > 0 ? 0 : sextet(text, index + 3));
    if (at < bytes.length) bytes[at++] = bits >> 16;
    if (at < bytes.length) bytes[at++] = (bits >> 8) & 255;
    if (at < bytes.length) bytes[at++] = bits & 255;
  }
  return bytes;
}

function letter(sextetValue: number): string {
  return LETTERS[sextetValue] ?? '';
}

function sextet(text: string, index: number): number {
  const code = charCode(text, index);
  if (code >= 65 && code <= 90) return code - 65;
  if (code >= 97 && code <= 122) return code - 71;
  if (code >= 48 && code <= 57) return code + 4;
  if (code === 43) return 62;
  if (code === 47) return 63;
  throw errorNamed('TypeError', 'a letter that base64 does not have');
}

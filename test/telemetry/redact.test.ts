import { expect, test } from 'vitest';
import { measureRealTimeFactor } from '../../scripts/cases/real-time-factor';
import { matches } from '../../src/telemetry/masking/pattern-matches';
import { programOf } from '../../src/telemetry/masking/pattern-program';
import { redactByPatterns } from '../../src/telemetry/masking/redact-patterns';
import { processorMs } from '../fakes/processor-time';

const R = '__REDACTED__';
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl';

test.each([
  ['use hf_TESTKEYabcdefgh now', `use ${R} now`],
  ['"text": "New task:\\nhf_TESTKEYabcdefgh"', `"text": "New task:\\n${R}"`],
  ['"text": "New task:\\nsk-proj-ABCDEFGH1234"', `"text": "New task:\\n${R}"`],
  ['task-management-system-overview', 'task-management-system-overview'],
  ['key AKIAIOSFODNN7EXAMPLE.', `key ${R}.`],
  ['Authorization: Bearer abc.def-123456', `Authorization: Bearer ${R}`],
  [`token ${JWT} end`, `token ${R} end`],
  ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nrest', `${R}\nrest`],
  ['https://u:p4ss@example.com/?access_token=ABC&q=cats', `https://${R}@example.com/?access_token=${R}&q=cats`],
  ['https://a.test/?keyword=cats&api-key=x1', `https://a.test/?keyword=cats&api-key=${R}`],
  ['a plain sentence about tokens and keys', 'a plain sentence about tokens and keys'],
])('of %s the built-in list leaves %s', (text, expected) => {
  expect(redactByPatterns('default')(text)).toBe(expected);
});

test.each<[RegExp | string, string]>([
  [/secret-\d+/, 'a secret-12 and secret-3'],
  ['b+?', 'abbb'],
  [/(?:cat|category|dog){2}/i, 'CATcategory dogcat'],
  [/^\s*id: .*$/m, 'x\n id: 7\ny'],
  [/\bone\b/, 'one done one'],
  [/[^\]a-c]{2,3}/, 'abcxyz]xyzw'],
  [/(a|ab)(c|bcd)(d*)/, 'abcd abcd'],
  [/".*?"/, 'say "a" and "b"'],
  [/\u{1F600}+/u, 'smile 😀😀!'],
  ['😀+x?', 'smile 😀😀x!'],
  [/x{0}y/, 'xy'],
  [/a|b|/, 'cab'],
])('%s finds in %j what RegExp finds', (pattern, text) => {
  const expression = new RegExp(pattern, `g${pattern instanceof RegExp ? pattern.flags : ''}`);
  const program = programOf(new RegExp(pattern)) ?? [];

  const found = matches(program, text, { unicode: expression.unicode, isOver: () => false });

  expect(found).toEqual(
    [...text.matchAll(expression)].filter(([all]) => all).map(({ 0: all, index }) => [index, index + all.length]),
  );
});

test.each([
  ['(a+)+$', `${'a'.repeat(40)}!`],
  ['(?:x|x)*y', 'x'.repeat(100_000)],
  ['\\w+@\\w+', 'a'.repeat(300_000)],
  ['(.*)(.*)(.*)=', 'b'.repeat(20_000)],
])('%s on a text made for it takes less than 100 ms', async (pattern, text) => {
  const limitMs = 100 * (await measureRealTimeFactor());
  const redact = redactByPatterns([pattern]);

  const took = await processorMs(() => redact(text));

  expect(took).toBeLessThan(limitMs);
});

test.each(['(?<=a)b', '(a)\\1', 'a(?!b)'])(
  'a text is redacted whole where %s cannot be judged in linear time',
  (pattern) => {
    expect(redactByPatterns([pattern])('anything')).toBe(R);
  },
);

test('the built-in list takes time in proportion to the text', async () => {
  const factor = await measureRealTimeFactor();
  const redact = redactByPatterns('default');
  const texts = ['eyJ', 'sk-', 'hf_', '://', '-----BEGIN PRIVATE KEY-----', '?a_b_token', 'Bearer '];

  const took = await processorMs(() => texts.map((text) => redact(text.repeat(30_000))));

  expect(took).toBeLessThan(1000 * factor);
});

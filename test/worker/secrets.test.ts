import { expect, test } from 'vitest';
import { secretsOf } from '../../src/worker/secrets';

const key = 'a "quoted" key\n\\end';
const { fromText, fromJson } = secretsOf({
  MODEL_KEY: key,
  HF_TOKEN: 'hf_abcdefgh',
  MODEL_ID: 'hf_model-of-mine',
  PIN_KEY: '1234',
});

test('secrets are taken out of texts as they are, and as JSON in a text writes them', () => {
  const text = `plain ${key}, written ${JSON.stringify({ key })}, hf_abcdefgh`;

  expect(fromText(text)).toBe('plain __REDACTED__, written {"key":"__REDACTED__"}, __REDACTED__');
});

test('what was JSON stays JSON, also where a text in it is JSON', () => {
  const json = JSON.stringify({ key, inner: JSON.stringify({ key }), [key]: 'name' });

  expect(JSON.parse(fromJson(json))).toEqual({
    key: '__REDACTED__',
    inner: '{"key":"__REDACTED__"}',
    __REDACTED__: 'name',
  });
});

test('settings that are no secrets, and secrets as short as a word, are left in', () => {
  expect(fromText('hf_model-of-mine 1234')).toBe('hf_model-of-mine 1234');
});

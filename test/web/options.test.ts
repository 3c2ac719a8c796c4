import { expect, test } from 'vitest';
import { AgentConfigurationError } from '../../src/errors';
import { MAX_TIMER_MS, refuseUnknownOptions, requireWholeNumber, showSetting } from '../../src/web/options';

test.each([null, undefined, 5, 'text', []])('%j in the place of options is refused by its value', (options) => {
  const check = () => refuseUnknownOptions('Thing', options, ['size']);

  expect(check).toThrow(AgentConfigurationError);
  expect(check).toThrow(`Thing was given ${showSetting(options)}, must be an object of options: size`);
});

test.each([
  ['max_steps', ', did you mean `maxSteps`? it takes modelId, maxSteps'],
  ['MAXSTEPS', ', did you mean `maxSteps`? it takes'],
  ['model', ', did you mean `modelId`? it takes'],
  ['steps', ', did you mean `maxSteps`? it takes'],
  ['id', '; it takes modelId'], // too short to tell
  ['__', '; it takes modelId'],
  ['temperature', '; it takes modelId'],
])('the unknown option %s is refused with what there is, and with what is near it', (key, words) => {
  const check = () => refuseUnknownOptions('Thing', { [key]: 1 }, ['modelId', 'maxSteps'], '; see elsewhere');

  expect(check).toThrow(`Thing has no option \`${key}\`${words}`);
  expect(check).toThrow(/modelId, maxSteps; see elsewhere$/);
});

test.each([null, 0, 1.5, '3', MAX_TIMER_MS + 1])('%j milliseconds are refused with the range', (value) => {
  const check = () => requireWholeNumber('Thing', 'timeoutMs', value, 1, MAX_TIMER_MS);

  expect(check).toThrow(`timeoutMs is ${showSetting(value)}, must be a whole number from 1 to 2147483647`);
});

test('a setting is shown without what an object or a long text may hold', () => {
  const shown = [{ apiKey: 'secret' }, ['secret'], () => 'secret', 'a'.repeat(100), Symbol('s'), 1n].map(showSetting);

  expect(shown).toEqual(['an object', 'a list of 1', 'a function', `"${'a'.repeat(60)}…"`, 'Symbol(s)', '1']);
});

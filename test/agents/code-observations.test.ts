import { expect, test } from 'vitest';
import { codeNotes, failureHint } from '../../src/agents/code/code-observations';
import type { CodeError, CodeOutput } from '../../src/executors/executor';

const failed = (name: string, message: string, source: string): CodeError => ({
  kind: name === 'SyntaxError' ? 'syntax' : 'error',
  name,
  message,
  source,
  lostVariables: [],
});

const ran: CodeOutput = { logs: '', printedLast: false, unawaited: [] };

test('code that takes a text apart and fails is told to read the text', () => {
  const noMatch = failed(
    'TypeError',
    "cannot read property '1' of null",
    'const speed = page.match(/Speed: (\\d+)/)[1];',
  );
  const badPattern = failed('SyntaxError', 'Invalid regular expression flag', 'page.match(/(\\d+) km/h/)');

  expect(failureHint(noMatch, new Map())).toContain('is for you to read');
  expect(failureHint(badPattern, new Map())).toContain('is for you to read');
});

test('code that reaches for a page is told that there is none, in place of a list of tools', () => {
  const hint = failureHint(
    failed('ReferenceError', 'document is not defined', 'document.querySelector("td")'),
    new Map(),
  );

  expect(hint).toContain('There is no document here');
  expect(hint).not.toContain('These exist');
});

test('other failures are left as they are', () => {
  expect(failureHint(failed('RangeError', 'too far', 'go(9)'), new Map())).toBe('');
});

test('^ with decimals is warned of, in code and not in texts', () => {
  expect(codeNotes('1.06 ^ 12', ran)).toHaveLength(1);
  expect(codeNotes('"1.06 ^ 12"; flags ^ 2', ran)).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { CODE_TAGS, MARKDOWN_TAGS } from '../../src/agents/code/code-tags';
import { closeCodeBlock, lenientJson, parseCode, parseStructuredCode, parseToolCall } from '../../src/agents/parse';
import { AgentParsingError } from '../../src/errors';
import { processorMs } from '../fakes/processor-time';

const known = (name: string) => ['web_search', 'final_answer'].includes(name);

describe('code in a reply', () => {
  test.each([
    ['tags', 'Thought: x\n<code>\na()\n</code>', 'a()'],
    ['several tagged blocks, joined', '<code>a()</code> then <code>b()</code>', 'a()\n\nb()'],
    ['a closer that was cut off', 'Thought: x\n<code>\na()\n', 'a()'],
    ['a fence inside the tags', '<code>\n```js\na()\n```\n</code>', 'a()'],
    ['a js fence', 'Here:\n```js\na()\n```', 'a()'],
    ['a javascript fence that was cut off', '```javascript\na()', 'a()'],
    ['a ts fence', '```ts\na()\n```', 'a()'],
    ['a fence without a language', '```\na()\n```', 'a()'],
    ['tags after thinking', '<think>maybe <code>no()</code></think>\n<code>yes()</code>', 'yes()'],
    ['code and nothing else', 'const x = 1;\nfinal_answer(x)', 'const x = 1;\nfinal_answer(x)'],
    ['a tag in a sentence before the block', 'I use <code> tags.\n<code>\na()\n</code>', 'a()'],
    ['the same with the closer cut off', 'I use <code> tags.\n<code>\na()\n', 'a()'],
    ['tags that are spoken of', 'Between `<code>` and `</code>`:\n<code>\na()\n</code>', 'a()'],
    ['tags in capitals', '<CODE>\na()\n</Code>', 'a()'],
    ['a fence with attributes', '```js title="a"\na()\n```', 'a()'],
    ['a fence of four backticks around three', '````js\na("```")\n````', 'a("```")'],
    ['a tsx fence', '```tsx\na()\n```', 'a()'],
    ['a fence of tildes', 'Here:\n~~~js\na(~~~b)\n~~~\nThat is it.', 'a(~~~b)'],
    ['an empty fence before another', '```js\n```\n~~~\na()\n~~~', 'a()'],
    ['a declaration and nothing else', 'let { a } = b', 'let { a } = b'],
    ['a call that is awaited and nothing else', 'await find("x")', 'await find("x")'],
    ['a fence beside one in another language', '```json\n{}\n```\n```js\na()\n```', 'a()'],
  ])('%s', (_, reply, code) => {
    expect(parseCode(reply, CODE_TAGS)).toBe(code);
  });

  test('a pair of tags of one’s own is taken as text, not as a pattern', () => {
    expect(parseCode('[[js a(1) ]]', ['[[js', ']]'])).toBe('a(1)');
    expect(parseCode('```js\na()\n```', MARKDOWN_TAGS)).toBe('a()');
    expect(parseCode('```json\n{}\n```\n```js title="a"\na()\n```', MARKDOWN_TAGS)).toBe('a()');
    expect(closeCodeBlock('<CODE>a()</CODE>', CODE_TAGS)).toBe('<CODE>a()</CODE>');
  });

  test('a reply without code is quoted in the error, which shows the form', () => {
    expect(() => parseCode('It is blue.', CODE_TAGS)).toThrow(AgentParsingError);
    expect(() => parseCode('It is blue.', CODE_TAGS)).toThrow(/It is blue\.[\s\S]*<code>/);
    expect(() => parseCode('', CODE_TAGS)).toThrow(/empty/);
  });

  test.each([
    'let me think about it.',
    'let us, then, begin',
    'await the results.',
    'async work is hard',
    'function calls cost',
    'const is a word;',
  ])('a sentence is no code: %s', (reply) => {
    expect(() => parseCode(reply, CODE_TAGS)).toThrow(AgentParsingError);
  });

  test('a reply that speaks of a final answer is told how to give it, and Python is named', () => {
    expect(() => parseCode('My final answer: blue', CODE_TAGS)).toThrow(/final_answer\("\.\.\."\)/);
    expect(() => parseCode('```python\nprint(1)\n```', CODE_TAGS)).toThrow(/JavaScript, not Python/);
  });

  test('a closer taken by a stop sequence is put back, and nothing else is changed', () => {
    expect(closeCodeBlock('<code>\na()\n', CODE_TAGS)).toBe('<code>\na()\n</code>');
    expect(closeCodeBlock('<code>a()', CODE_TAGS)).toBe('<code>a()\n</code>');
    expect(closeCodeBlock('<code>a()</code>', CODE_TAGS)).toBe('<code>a()</code>');
    expect(closeCodeBlock('no code', CODE_TAGS)).toBe('no code');
  });

  test('a structured reply gives its code, tags and fences taken off', () => {
    expect(parseStructuredCode('{"thought": "t", "code": "a()"}', CODE_TAGS)).toBe('a()');
    expect(parseStructuredCode('{"thought": "t", "code": "<code>a()</code>"}', CODE_TAGS)).toBe('a()');
    expect(() => parseStructuredCode('a()', CODE_TAGS)).toThrow(AgentParsingError);
    expect(() => parseStructuredCode('{"thought": "t", "code": " "}', CODE_TAGS)).toThrow(AgentParsingError);
  });

  test('a long reply full of openers is read in linear time', async () => {
    const reply = '<code>{'.repeat(50_000);
    const junk = ['`<code>`', '\n<code> x', '~~~\n', ' ~~~', '```', 'let a'.padEnd(20), '~', '`'];

    const took = await processorMs(() => {
      parseCode(reply, CODE_TAGS);
      for (const piece of junk) {
        const long = `let${piece.repeat(50_000)}`;
        expect(() => parseCode(`${long}<code>1</code>${long}`, CODE_TAGS)).not.toThrow(RangeError);
        expect(() => parseCode(long.replaceAll('code', 'x'), CODE_TAGS)).toThrow(AgentParsingError);
      }
      lenientJson(`[${', '.repeat(200_000)}`);
      expect(() => parseToolCall(reply, known)).toThrow(AgentParsingError);
    });

    expect(took).toBeLessThan(5_000);
  });
});

describe('a call written as text', () => {
  test.each([
    ['after words', 'I should look.\nAction:\n{"name": "web_search", "arguments": {"query": "x"}}', { query: 'x' }],
    ['in a json fence', '```json\n{"name": "web_search", "arguments": {"query": "x"}}\n```', { query: 'x' }],
    ['with arguments as text', '{"name": "web_search", "arguments": "x"}', 'x'],
    ['with parameters', '{"name": "web_search", "parameters": {"query": "x"}}', { query: 'x' }],
    [
      'in the form of an endpoint',
      '{"type": "function", "function": {"name": "web_search", "arguments": {"query": "x"}}}',
      { query: 'x' },
    ],
    ['with a line break in a string', '{"name": "web_search", "arguments": {"query": "a\nb"}}', { query: 'a\nb' }],
    ['after braces that are no JSON', 'use {this} {"name": "web_search", "arguments": {"query": "x"}}', { query: 'x' }],
    [
      'in a list of calls',
      '{"tool_calls": [{"id": "1", "function": {"name": "web_search", "arguments": {"query": "x"}}}]}',
      { query: 'x' },
    ],
    ['with commas too many', '{"name": "web_search", "arguments": {"query": "x, }",},\n}', { query: 'x, }' }],
    [
      'with a description beside its arguments',
      '{"name": "web_search", "description": "looks", "arguments": {"query": "x"}}',
      { query: 'x' },
    ],
    [
      'after thinking',
      '<think>{"name": "final_answer"}</think>{"name": "web_search", "arguments": {"query": "x"}}',
      { query: 'x' },
    ],
  ])('%s', (_, reply, args) => {
    expect(parseToolCall(reply, known)).toEqual({ name: 'web_search', arguments: args });
  });

  test('the first call of a known tool is taken, a tool list that the model repeated is not', () => {
    const list = '[{"name": "web_search", "description": "d", "parameters": {}}]';
    expect(parseToolCall(`${list} {"name": "final_answer", "arguments": {"answer": 1}}`, known).name).toBe(
      'final_answer',
    );
    expect(
      parseToolCall('{"name": "teleport", "arguments": {}} {"name": "web_search", "arguments": {}}', known).name,
    ).toBe('web_search');
    expect(parseToolCall('{"name": "teleport", "arguments": {}}', known).name).toBe('teleport');
  });

  test('a reply without a call is quoted in the error', () => {
    expect(() => parseToolCall('The sea is calm.', known)).toThrow(/The sea is calm\./);
    expect(lenientJson('{"a": ')).toBeUndefined();
  });
});

import { AgentParsingError } from '../errors';

/** Opening and closing tag around the code in a model's text. */
export type CodeBlockTags = readonly [opening: string, closing: string];

export const CODE_TAGS: CodeBlockTags = ['<code>', '</code>'];
export const MARKDOWN_TAGS: CodeBlockTags = ['```js', '```'];

const FENCE = '```';
const CODE_LANGUAGES = new Set(['js', 'javascript', 'ts', 'typescript', 'mjs', 'jsx', '']);
const THINKING_ENDS = ['</think>', '</thinking>', '</reasoning>'];
const STARTS_LIKE_CODE =
  /^(?:const |let |var |await |async |function |for ?\(|if ?\(|final_answer\(|console\.log\(|print\(|\/\/)/;
const MOST_CANDIDATES = 50; // objects tried in one text: enough for any reply, few enough to stay fast on junk

/**
 * The code in a model's text: all tagged blocks, else fenced ones, else the whole text where it begins like code.
 * Throws an `AgentParsingError` that quotes the text and shows the form.
 */
export function parseCode(text: string, tags: CodeBlockTags): string {
  const spoken = afterThinking(text);
  const code = [taggedBlocks(spoken, tags), fencedBlocks(spoken), taggedBlocks(text, tags), bareCode(spoken)].find(
    (found) => found,
  );
  if (code) return code;
  throw new AgentParsingError(missingCode(text, tags));
}

/** The text with the closing tag put back that a stop sequence took, so that memory shows whole blocks. */
export function closeCodeBlock(text: string, [opening, closing]: CodeBlockTags): string {
  const start = text.lastIndexOf(opening);
  if (start < 0 || text.indexOf(closing, start + opening.length) >= 0) return text;
  return text.endsWith('\n') ? text + closing : `${text}\n${closing}`;
}

/** A structured reply `{"thought", "code"}` taken apart. Throws an `AgentParsingError` when it is not one. */
export function parseStructuredCode(text: string, tags: CodeBlockTags): string {
  const found = jsonObjects(text).find(({ code }) => typeof code === 'string' && code.trim());
  if (!found) throw new AgentParsingError(`The reply is not JSON with "thought" and "code": ${quote(text)}`);
  const code = String(found.code);
  return taggedBlocks(code, tags) || fencedBlocks(code) || code.trim();
}

/** A call that a model wrote as text: the first object with a name that is known, else the first that has a name. */
export function parseToolCall(text: string, isKnown: (name: string) => boolean): { name: string; arguments: unknown } {
  const calls = jsonObjects(afterThinking(text)).flatMap(callOf);
  const call = calls.find(({ name }) => isKnown(name)) ?? calls[0];
  if (call) return call;
  throw new AgentParsingError(
    `The reply holds no tool call: ${quote(text)}. Write one JSON object, {"name": ..., "arguments": {...}}; to give the answer, call final_answer.`,
  );
}

/** JSON as models write it: line breaks inside strings are let through. Undefined when it cannot be read. */
export function lenientJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    try {
      return JSON.parse(escapeControls(text));
    } catch {
      return undefined;
    }
  }
}

function afterThinking(text: string): string {
  const end = Math.max(...THINKING_ENDS.map((tag) => (text.includes(tag) ? text.lastIndexOf(tag) + tag.length : 0)));
  return text.slice(end);
}

function taggedBlocks(text: string, [opening, closing]: CodeBlockTags): string {
  const blocks: string[] = [];
  let start = text.indexOf(opening);
  while (start >= 0) {
    const from = start + opening.length;
    const end = text.indexOf(closing, from);
    blocks.push(unfence(text.slice(from, end < 0 ? undefined : end)));
    start = end < 0 ? -1 : text.indexOf(opening, end + closing.length);
  }
  return joinBlocks(blocks);
}

function fencedBlocks(text: string): string {
  const blocks: string[] = [];
  let start = text.indexOf(FENCE);
  while (start >= 0) {
    const lineEnd = text.indexOf('\n', start);
    if (lineEnd < 0) break;
    const language = text
      .slice(start + FENCE.length, lineEnd)
      .trim()
      .toLowerCase();
    const end = text.indexOf(FENCE, lineEnd);
    if (CODE_LANGUAGES.has(language)) blocks.push(text.slice(lineEnd + 1, end < 0 ? undefined : end));
    start = end < 0 ? -1 : text.indexOf(FENCE, end + FENCE.length);
  }
  return joinBlocks(blocks);
}

function unfence(block: string): string {
  return block.trimStart().startsWith(FENCE) ? fencedBlocks(block.trimStart()) : block;
}

function bareCode(text: string): string {
  const trimmed = text.trim();
  return STARTS_LIKE_CODE.test(trimmed) ? trimmed : '';
}

function joinBlocks(blocks: readonly string[]): string {
  return blocks
    .map((block) => block.trim())
    .filter((block) => block)
    .join('\n\n');
}

function missingCode(text: string, [opening, closing]: CodeBlockTags): string {
  const form = `Thought: what to do next\n${opening}\n// JavaScript\n${closing}`;
  if (!text.trim()) return `The reply is empty. Write code in this form:\n${form}`;
  const hint =
    /final/i.test(text) && /answer/i.test(text)
      ? `\nTo give the answer, call final_answer in code:\n${opening}\nfinal_answer("...")\n${closing}`
      : '';
  const python = /```py/i.test(text) ? '\nThe code must be JavaScript, not Python.' : '';
  return `The reply holds no code: ${quote(text)}. Write it in this form:\n${form}${python}${hint}`;
}

function callOf(value: Record<string, unknown>): { name: string; arguments: unknown }[] {
  const inner = value.function;
  if (typeof inner === 'object' && inner !== null && !Array.isArray(inner))
    return callOf(inner as Record<string, unknown>);
  if (typeof value.name !== 'string' || 'description' in value) return []; // a tool list that the model repeated is no call
  return [{ name: value.name, arguments: value.arguments ?? value.parameters ?? {} }];
}

function jsonObjects(text: string): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  let start = text.indexOf('{');
  for (let tried = 0; start >= 0 && tried < MOST_CANDIDATES; tried++) {
    const end = endOfObject(text, start);
    const value = end < 0 ? undefined : lenientJson(text.slice(start, end));
    if (typeof value === 'object' && value !== null) found.push(value as Record<string, unknown>);
    start = text.indexOf('{', value === undefined ? start + 1 : end);
  }
  return found;
}

/** Index after the bracket that closes the object at `start`, or -1. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index++) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return index + 1;
  }
  return -1;
}

function escapeControls(text: string): string {
  let inString = false;
  let result = '';
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? '';
    if (inString && character === '\\') {
      result += character + (text[++index] ?? '');
      continue;
    }
    if (character === '"') inString = !inString;
    result += inString && character < ' ' ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : character;
  }
  return result;
}

function quote(text: string): string {
  const trimmed = text.trim();
  return trimmed ? `"${trimmed.length > 500 ? `${trimmed.slice(0, 500)}...` : trimmed}"` : 'it is empty';
}

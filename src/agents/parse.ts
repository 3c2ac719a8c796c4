import { AgentParsingError } from '../errors';
import { isRecord } from '../web/record';
import type { CodeBlockTags } from './code/code-tags';

const FENCE = /`{3,}|~{3,}/g;
const LONGEST_FENCE_LINE = 200; // characters behind the mark: a language and perhaps a title
const CODE_LANGUAGES = new Set(['js', 'javascript', 'ts', 'typescript', 'mjs', 'jsx', 'tsx', '']);
const THINKING_ENDS = ['</think>', '</thinking>', '</reasoning>'];
/** The first words of code, and not of a sentence such as "let me think" or "await the result". */
const STARTS_LIKE_CODE = new RegExp(
  [
    /^(?:const|let|var) {1,3}(?:[[{]|[\w$]+(?:, ?[\w$]+){0,20} {0,3}(?:: ?[\w$<>[\]|., ]{1,80})?[=;])/,
    /^await {1,3}(?:[\w$.]+ ?[(;]|\(|new |import\()/,
    /^async (?:function\b|\(|[\w$]+ ?=>)/,
    /^function ?\*? ?[\w$]* ?\(/,
    /^(?:for ?\(|if ?\(|final_answer\(|console\.log\(|print\(|\/\/)/,
  ]
    .map(({ source }) => source)
    .join('|'),
);
const MOST_CANDIDATES = 50; // objects tried in one text: enough for any reply, few enough to stay fast on junk

/**
 * The code in a model's text: all tagged blocks, else fenced ones, else the whole text where it begins like code.
 * Throws an `AgentParsingError` that quotes the text and shows the form.
 */
export function parseCode(text: string, tags: CodeBlockTags): string {
  const spoken = afterThinking(text);
  const tagged = tags[0].startsWith('```') ? '' : taggedBlocks(spoken, tags); // fences are read with their languages
  const code = [tagged, fencedBlocks(spoken), taggedBlocks(text, tags), bareCode(spoken)].find((found) => found);
  if (code) return code;
  throw new AgentParsingError(missingCode(text, tags));
}

/** Whether the text ends in the middle of its code: what followed would be code as well. */
export function isOpenEnded(text: string, tags: CodeBlockTags): boolean {
  const more = '\u0000';
  return parseCode(text + more, tags).includes(more);
}

/** The text with the closing tag put back that a stop sequence took, so that memory shows whole blocks. */
export function closeCodeBlock(text: string, [opening, closing]: CodeBlockTags): string {
  const [lower, opener] = [text.toLowerCase(), opening.toLowerCase()];
  const start = lower.lastIndexOf(opener);
  if (start < 0 || lower.includes(closing.toLowerCase(), start + opener.length)) return text;
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

/** JSON as models write it: line breaks inside strings and commas behind a last item are let through. Undefined when it cannot be read. */
export function lenientJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    try {
      return JSON.parse(mended(text));
    } catch {
      return undefined;
    }
  }
}

function afterThinking(text: string): string {
  const end = Math.max(...THINKING_ENDS.map((tag) => (text.includes(tag) ? text.lastIndexOf(tag) + tag.length : 0)));
  return text.slice(end);
}

/** Tags are taken in capitals as well. */
function taggedBlocks(text: string, [opening, closing]: CodeBlockTags): string {
  const opener = new RegExp(escaped(opening), 'gi');
  const closer = new RegExp(escaped(closing), 'gi');
  const blocks: string[] = [];
  for (let open = opener.exec(text); open; open = opener.exec(text)) {
    const from = opener.lastIndex;
    if (text[open.index - 1] === '`' && text[from] === '`') continue; // the tag is spoken of
    closer.lastIndex = from;
    const close = closer.exec(text);
    const block = text.slice(from, close?.index);
    const isInLine = open.index > 0 && text[open.index - 1] !== '\n';
    blocks.push(unfence(isInLine ? behindProse(block, opening) : block));
    if (!close) break;
    opener.lastIndex = closer.lastIndex;
  }
  return joinBlocks(blocks);
}

/** What follows the tag at the beginning of a line, where the one before it stood in a sentence ("I use <code> tags."). */
function behindProse(block: string, opening: string): string {
  const again = new RegExp(`\\n${escaped(opening)}`, 'i').exec(block);
  return again ? block.slice(again.index + again[0].length) : block;
}

/** Backticks open a fence anywhere, tildes at the beginning of a line; then come a language and what else is said. */
function fencedBlocks(text: string): string {
  const blocks: string[] = [];
  const opener = new RegExp(FENCE);
  let lineEnd = -1;
  for (let open = opener.exec(text); open; open = opener.exec(text)) {
    const [mark] = open;
    const from = opener.lastIndex;
    if (lineEnd < from) lineEnd = text.indexOf('\n', from);
    if (lineEnd < 0) break;
    const about = text.slice(from, Math.min(lineEnd, from + LONGEST_FENCE_LINE));
    const inLine =
      mark.startsWith('~') && !/(?:^|\n)[ \t]{0,3}$/.test(text.slice(Math.max(0, open.index - 4), open.index));
    if (inLine || about.includes('`')) continue;
    const closer = mark.startsWith('~') ? `\n${mark}` : mark;
    const end = text.indexOf(closer, lineEnd);
    const [language = ''] = about.trim().toLowerCase().split(/[\s{]/);
    if (CODE_LANGUAGES.has(language))
      blocks.push(text.slice(lineEnd + 1, end < 0 ? undefined : Math.max(end, lineEnd + 1)));
    if (end < 0) break;
    opener.lastIndex = end + closer.length;
  }
  return joinBlocks(blocks);
}

function unfence(block: string): string {
  return /^\s*(?:```|~~~)/.test(block) ? fencedBlocks(block.trimStart()) : block;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
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
  if (isRecord(inner)) return callOf(inner);
  if (Array.isArray(value.tool_calls)) return value.tool_calls.filter(isRecord).flatMap(callOf);
  if (typeof value.name !== 'string' || value.name === '') return [];
  if ('description' in value && !('arguments' in value)) return []; // a tool list that the model repeated is no call
  return [{ name: value.name, arguments: value.arguments ?? value.parameters ?? {} }];
}

function jsonObjects(text: string): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  let start = text.indexOf('{');
  for (let tried = 0; start >= 0 && tried < MOST_CANDIDATES; tried++) {
    const end = endOfObject(text, start);
    const value = end < 0 ? undefined : lenientJson(text.slice(start, end));
    if (isRecord(value)) found.push(value);
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

function mended(text: string): string {
  let inString = false;
  let result = '';
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? '';
    if (inString && character === '\\') {
      result += character + (text[++index] ?? '');
      continue;
    }
    if (character === '"') inString = !inString;
    if (!inString && character === ',' && isClosedNext(text, index + 1)) continue;
    result += inString && character < ' ' ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : character;
  }
  return result;
}

/** Whether the next character that is no white space closes a list or an object. */
function isClosedNext(text: string, from: number): boolean {
  let index = from;
  while (/\s/.test(text[index] ?? '')) index++;
  return text[index] === '}' || text[index] === ']';
}

function quote(text: string): string {
  const trimmed = text.trim();
  return trimmed ? `"${trimmed.length > 500 ? `${trimmed.slice(0, 500)}...` : trimmed}"` : 'it is empty';
}

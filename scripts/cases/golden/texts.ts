import { deepEquals, isObject } from '../json';
import type { CodePair, GoldenFile } from './golden-file';
import { readLiteral, wholeLiteral } from './literal';

/** What texts of a file are compared by. */
export interface TextRules {
  pairs: readonly CodePair[];
  /** What an error of ours must hold where the file's holds the first of them. */
  failures: readonly { expected: string; ours: readonly string[] }[];
}

export function textRules({ code_pairs: pairs = [], tool_outputs: outputs, script }: GoldenFile): TextRules {
  const thrown = outputs.flatMap(({ throws }) =>
    throws ? [{ expected: throws.message, ours: [throws.message] }] : [],
  );
  const failed = script.flatMap(({ status, error }) =>
    status === undefined || !error ? [] : [{ expected: error.message, ours: [String(status), error.message] }],
  );
  return { pairs: [...pairs].sort((a, b) => b.py.length - a.py.length), failures: [...thrown, ...failed] };
}

const PLACEHOLDER = /\{\{[A-Z_]+\}\}/g;
const CALLS_LABEL = 'Calling tools:\n';

/** Whether a text of ours is the file's, after the mappings of the README. */
export function sameText(expected: string, got: string, rules: TextRules): boolean {
  if (expected === got) return true;
  const [file, ours] = [canonical(withJavaScript(expected, rules), rules), canonical(got, rules)];
  if (file === ours) return true;
  const errors: string[] = [];
  const pattern = ERROR_PARTS[Symbol.split](file)
    .map((part) => {
      if (!ERROR_PARTS.test(part)) return part.split(PLACEHOLDER).map(literally).join('[\\s\\S]*?');
      errors.push(part);
      return '(Error:\\n[\\s\\S]*?)';
    })
    .join('');
  const found = new RegExp(`^${pattern}$`).exec(ours);
  return found !== null && errors.every((error, index) => isSameFailure(error, found[index + 1] ?? '', rules));
}

/** From an `Error:` line to the sentence that follows each error, which is a placeholder in the file. */
const ERROR_PARTS = /((?:^|(?<=\n))Error:\n[\s\S]*?\{\{[A-Z_]*RETRY_HINT\}\}(?:\n\{\{[A-Z_]*RETRY_HINT\}\})*)/;

/** An agent's own error message: ours holds what a stand-in threw or the server said, where the file's does. */
export function isSameFailure(expected: string, got: string, { failures }: TextRules): boolean {
  return failures.every(
    (failure) => !expected.includes(failure.expected) || failure.ours.every((text) => got.includes(text)),
  );
}

/** JSON values with texts compared as above; numbers of Python and ours are one kind. */
export function sameValue(expected: unknown, got: unknown, rules: TextRules): boolean {
  if (typeof expected === 'string' && typeof got === 'string') return sameText(expected, got, rules);
  if (Array.isArray(expected))
    return (
      Array.isArray(got) &&
      got.length === expected.length &&
      expected.every((item, i) => sameValue(item, got[i], rules))
    );
  if (!isObject(expected)) return deepEquals(got, expected);
  if (!isObject(got) || Object.keys(got).length !== Object.keys(expected).length) return false;
  return Object.entries(expected).every(([key, item]) => key in got && sameValue(item, got[key], rules));
}

function withJavaScript(text: string, { pairs }: TextRules): string {
  const named = text.replaceAll('python_interpreter', 'javascript_interpreter');
  return pairs.reduce((rest, { py, js }) => rest.replaceAll(py, js), named);
}

/** One form for what Python and we write differently. */
function canonical(text: string, rules: TextRules): string {
  return withPlainLiterals(withPlainCalls(text, rules))
    .replace(/^Call id: .*$/gm, 'Call id:')
    .replace(/\n?<\/code>/g, '\n</code>')
    .replace(/\n?Last output from code snippet:\n(?:null|undefined)(?=\n|$)/g, '');
}

/** Calls by name and arguments alone, code as JavaScript. */
function withPlainCalls(text: string, rules: TextRules): string {
  const start = text.indexOf(CALLS_LABEL);
  if (start < 0) return text;
  const from = start + CALLS_LABEL.length;
  const read = readLiteral(text, from);
  if (!read || !Array.isArray(read.value)) return text;
  const calls = read.value.map((call) => {
    const { name, arguments: args } = isObject(call) && isObject(call.function) ? call.function : {};
    return [name, typeof args === 'string' ? argumentValue(withJavaScript(args, rules)) : args];
  });
  return `${text.slice(0, from)}${JSON.stringify(sorted(calls))}${withPlainCalls(text.slice(read.end), rules)}`;
}

function argumentValue(text: string): unknown {
  const literal = text.startsWith('{') ? wholeLiteral(text) : undefined;
  return literal ? literal.value : text;
}

/** Literals in brackets as JSON, the words of Python as those of JSON, 2.0 as 2. */
function withPlainLiterals(text: string): string {
  let made = '';
  let plain = '';
  const flush = () => {
    made += plain
      .replace(/\bTrue\b/g, 'true')
      .replace(/\bFalse\b/g, 'false')
      .replace(/\bNone\b/g, 'null')
      .replace(/(?<![\w.])(-?\d+)\.0+(?![\w.])/g, '$1');
    plain = '';
  };
  for (let at = 0; at < text.length; ) {
    const opens = '[{('.includes(text[at] ?? ' ') && !text.startsWith('{{', at);
    const read = opens ? readLiteral(text, at) : undefined;
    if (read) {
      flush();
      made += JSON.stringify(sorted(read.value));
      at = read.end;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
  return made;
}

/** The value with the keys of objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

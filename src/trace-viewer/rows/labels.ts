import { isRecord } from '../../web/record';
import type { Said, TraceRow } from '../trace';

const LONGEST = 80;
const WAITS = ' → waits for a human';
/** Where the model's reply holds code, as smolagents' default prompts and common models mark it; the closer may be cut off. */
const CODE = /<code>\n?([\s\S]*?)(?:<\/code>|$)|```(?:js|javascript|ts|typescript|py|python)\n([\s\S]*?)(?:```|$)/;

/** What happened in a row, in a line. */
export function labelOf(row: Pick<TraceRow, 'kind' | 'name' | 'subject' | 'step' | 'error'>, said: Said): string {
  const { kind, subject, step, error } = row;
  const failure = error && ` → failed: ${firstLine(reasonOf(error.message, row) || error.type || '')}`;
  const outcome = failure ?? (subject === 'final_answer' ? '' : resultLabel(said));
  switch (kind) {
    case 'agent':
      return said.task === undefined ? `${subject}${failure ?? ''}` : `${subject}: ${firstLine(said.task)}`;
    case 'step':
      return row.name + stepLabel(said, failure);
    case 'plan':
      return `plan${failure ?? ` "${firstLine(planIn(said.plan))}"`}`;
    case 'model':
      return `${step === undefined ? '' : `${step} `}model${failure ?? thoughtLabel(said)}`;
    case 'tool':
      return `${subject}(${argumentsLabel(said.arguments)})${outcome}`;
    case 'code':
      return codeLabel(said, failure);
    default:
      return `${subject}${failure ?? ''}`;
  }
}

/** Without what the row tells itself: the line of code, which has room only elsewhere, the name of the tool, and that a model was asked. */
export function reasonOf(message: string, { kind, subject }: Pick<TraceRow, 'kind' | 'subject'>): string {
  const named = `${subject} failed: `;
  if ((kind === 'tool' || kind === 'agent') && message.startsWith(named))
    return message.slice(named.length).replace(/^Error: /, '');
  return message.replace(
    /^(?:Code execution failed(?: at line '[\s\S]*?')? due to: |Error in generating model output:\n)/,
    '',
  );
}

/** A plan without the words that this SDK and smolagents put before it. */
function planIn(plan = ''): string {
  return /^[^\n]*:\n```\n([\s\S]*)/.exec(plan)?.[1] ?? plan;
}

/** A model's text as thought and code. */
export function thoughtAndCode(text: string): Said {
  const name = /^[\s[]*\{\s*"name":\s*"([^"]+)"/.exec(text)?.[1]; // a call written as text
  if (name !== undefined) return { arguments: [{ name }] };
  const found = CODE.exec(text);
  const thought = (found ? text.slice(0, found.index) : text).replace(/^\s*Thoughts?:\s*/, '').trim();
  const code = (found?.[1] ?? found?.[2])?.trim();
  return { ...(thought && { thought }), ...(code !== undefined && { code }) };
}

/** Any value as text: texts as they are, else JSON. Never throws. */
export function textOf(value: unknown, indent = 0): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value, undefined, indent) ?? String(value);
  } catch {
    return `[${typeof value}]`; // too deep, or of a live run
  }
}

function resultLabel({ result, isWaiting }: Said): string {
  if (result !== undefined) return ` → ${gist(result)}`;
  return isWaiting ? WAITS : '';
}

function stepLabel(said: Said, failure = ''): string {
  const outcome = failure || (said.isWaiting ? WAITS : '');
  if (said.code !== undefined) return `: ${codeLabel(said, outcome || undefined)}`;
  const told = said.thought ? `"${firstLine(said.thought)}"` : thoughtLabel(said).replace(/^ → /, '');
  return `${told && `: ${told}`}${outcome}`;
}

function thoughtLabel({ thought, code, arguments: calls }: Said): string {
  if (thought) return ` "${firstLine(thought)}"`;
  if (code !== undefined) return ` → ${linesOf(code)}`;
  return Array.isArray(calls) && calls.length
    ? ` → ${calls.map((call) => (isRecord(call) ? call.name : '')).join(', ')}`
    : '';
}

function codeLabel({ code = '', observations, answer, result }: Said, failure: string | undefined): string {
  if (failure) return linesOf(code) + failure;
  const value = answer ?? result ?? lastObserved(observations);
  return linesOf(code) + (value === undefined ? '' : ` → ${gist(value)}`);
}

function linesOf(code: string): string {
  const count = code.trim().split('\n').length;
  return `code, ${count} line${count === 1 ? '' : 's'}`;
}

/** The last value of code, or where it has none the last line that it printed. */
function lastObserved(observations: string | undefined): string | undefined {
  const [logs = '', value] = observations?.split('\nLast output from code snippet:\n') ?? [];
  if (value && !/^(None|null|undefined)\s*$/.test(value)) return value;
  return (
    logs
      .replace(/^Execution logs:/, '')
      .trim()
      .split('\n')
      .at(-1) || undefined
  );
}

function argumentsLabel(value: unknown): string {
  if (!isRecord(value))
    return Array.isArray(value) ? value.map(shown).join(', ') : value === undefined ? '' : shown(value);
  const entries = Object.entries(value);
  if (entries.length === 1) return shown(entries[0]?.[1]);
  return cut(entries.map(([name, each]) => `${name}: ${shown(each)}`).join(', '));
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `"${firstLine(value)}"` : cut(textOf(value));
}

function gist(value: unknown): string {
  if (Array.isArray(value)) return `${value.length} item${value.length === 1 ? '' : 's'}`;
  const text = textOf(value);
  const results = text.startsWith('## Search Results') ? text.match(/^\[.*\]\(/gm)?.length : undefined;
  return results ? `${results} result${results === 1 ? '' : 's'}` : firstLine(text);
}

/** The first line that says something, without the marks of a heading; with the next where it only announces that, as in `Report of helper:`. */
function firstLine(text: string): string {
  let said = '';
  for (const [line] of (text.length > 10_000 ? text.slice(0, 10_000) : text).matchAll(/[^\s#].*/g)) {
    said += said ? ` ${line}` : line;
    if (!line.trimEnd().endsWith(':') || said.length > LONGEST) break;
  }
  return cut(said.trimEnd());
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1).trimEnd()}…` : text;
}

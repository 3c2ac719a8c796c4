import { redactor } from '../../telemetry/masking/redact';
import { textOf } from '../rows/labels';
import { addSums, noSums } from '../rows/sums';
import type { Trace, TraceRow } from '../trace';

const LONGEST = 4000; // of a text, and of all: a chat has no room for more
const WHOLE = 100_000;

/** The trace as Markdown, to be pasted into a chat: steps with thought, code, calls and observations; no messages, no key. */
export async function traceMarkdown(trace: Trace): Promise<string> {
  const redact = await redactor('default');
  const lines = [`# ${oneLine(trace.task) || 'Run'}`, '', headline(trace)];
  for (const { label, error } of trace.errors)
    lines.push('', `Error: ${oneLine(label)}`, ...(error ? fenced(error.message) : []));
  for (const root of trace.roots) addRow(root, 0, lines);
  return redact(`${cut(lines.join('\n'), WHOLE)}\n`);
}

function headline(trace: Trace): string {
  const sums = noSums();
  for (const { below } of trace.roots) addSums(sums, below);
  const { inputTokens, outputTokens, uncountedCalls } = sums;
  const tokens = `${uncountedCalls ? 'at least ' : ''}${inputTokens} tokens in, ${outputTokens} out`;
  const seconds = ((trace.endMs - trace.startMs) / 1000).toFixed(2);
  const state = trace.stoppedBy === undefined ? trace.outcome : `${trace.outcome} (${trace.stoppedBy})`;
  const answer = trace.answer === undefined ? '' : `\n\nAnswer: ${cut(textOf(trace.answer))}`;
  return `${state}, ${seconds} s, ${tokens}, errors: ${trace.errors.length}${answer}`;
}

function addRow(top: TraceRow, depth: number, lines: string[]): void {
  const rows: [TraceRow, number][] = [[top, depth]];
  for (let next = rows.pop(); next; next = rows.pop()) {
    const [row, level] = next;
    if (row.kind === 'step' || row.kind === 'agent')
      lines.push('', `${'#'.repeat(Math.min(level + 2, 6))} ${oneLine(row.label)}`);
    else if (row.kind !== 'model') lines.push('', `- ${oneLine(row.label)}`);
    if (row.kind === 'step') addStep(row, lines);
    for (const child of row.children.toReversed()) rows.push([child, level + 1]);
  }
}

function addStep(row: TraceRow, lines: string[]): void {
  const { thought, code, observations } = row.details();
  if (thought) lines.push('', cut(thought));
  if (code) lines.push('', ...fenced(code, 'js'));
  if (observations) lines.push('', 'Observed:', ...fenced(observations));
}

/** The fence is longer than any in the text, so that no text ends it. */
function fenced(text: string, language = ''): string[] {
  const shown = cut(text);
  const longest = Math.max(2, ...Array.from(shown.matchAll(/`{3,}/g), ([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [fence + language, shown, fence];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function cut(text: string, longest = LONGEST): string {
  return text.length > longest ? `${text.slice(0, longest)}\n[${text.length - longest} more characters]` : text;
}

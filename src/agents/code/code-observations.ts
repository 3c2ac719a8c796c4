import { AgentExecutionError } from '../../errors';
import type { CodeError, CodeOutput } from '../../executors/executor';
import { cut, show } from '../../executors/show';
import { type Callable, whatExists } from '../calls/call-tool';
import type { CallRecord } from '../saved/point';

const MAX_VALUE_CHARACTERS = 20_000; // the cut that smolagents makes
const MAX_TOLD_CHARACTERS = 2_000; // of what one call gave, where a list of calls is told
const EXCERPT = 100;
const READ_IT =
  'Text that a function gave is for you to read: do not search it by code, write what it says as numbers or texts.';
const TAKES_TEXT_APART = /\.(?:match|matchAll|exec|split|indexOf|substring|slice)\(/;
/** What models reach for to take a text apart, and no tool of theirs is near to. */
const OF_OTHER_PLACES = new Set(['document', 'window', 'DOMParser', 'cheerio', 'fetch', 'require', 'process', 'axios']);

/**
 * What the model reads of a step of code: prints, then the value of the last expression. A value of undefined or null is
 * left out: small models take "None" after a print for an empty result.
 */
export function codeObservation({ logs, value, printedLast }: CodeOutput): string {
  const lines = ['Execution logs:'];
  if (logs) lines.push(logs.replace(/\n$/, ''));
  if (value !== undefined && value !== null && !printedLast)
    lines.push('Last output from code snippet:', cut(show(value), MAX_VALUE_CHARACTERS));
  return lines.join('\n');
}

/** A line for each call with what it gave: told where the code itself, which had the results, is gone. */
export function callLines(calls: readonly Pick<CallRecord, 'call' | 'outcome'>[]): string {
  const lines = calls.map(({ call, outcome }) => {
    const result = outcome
      ? 'output' in outcome
        ? `gave ${show(outcome.output)}`
        : `failed: ${outcome.error.message}`
      : 'was interrupted: it is not known what it did';
    return `- ${call.name}(${show(call.arguments)}) ${cut(result, MAX_TOLD_CHARACTERS)}`;
  });
  return cut(lines.join('\n'), MAX_VALUE_CHARACTERS);
}

/**
 * Notes on code that ran, and most likely does not do what was meant; `unset` are variables of the task that it does not have.
 * They stand outside the data that it printed.
 */
export function codeNotes(
  code: string,
  { unawaited, unmade = [] }: CodeOutput,
  unset: readonly string[] = [],
): string[] {
  const notes: string[] = [];
  if (unset.length) {
    notes.push(
      `${unset.join(', ')} could not be set to what this task gives: code of an earlier step has fixed what the name is.`,
    );
  }
  if (unmade.length) {
    notes.push(
      `${unmade.join(', ')} was called without await and did not run, since the code gave its answer right behind it. Write await before the call.`,
    );
  }
  if (unawaited.length) {
    notes.push(
      `${unawaited.join(', ')} was called without await; the step waited for it, but its value is lost. Write await before the call.`,
    );
  }
  const bare = withoutTexts(code);
  const bitwise = /[\w)\]]\s*\^\s*[\w(]/.test(bare) && /\d\.\d/.test(bare);
  if (bitwise) notes.push('^ is bitwise in JavaScript, so this number is wrong. Powers are x ** y.');
  return notes;
}

/** Why an answer is refused the first time, or undefined when it is fine. Null, zero and empty text are answers. */
export function answerRefusal(
  answer: unknown,
  textResults: readonly { name: string; text: string }[],
): string | undefined {
  if (answer !== undefined && !Number.isNaN(answer)) return undefined;
  const what = answer === undefined ? 'undefined' : 'NaN';
  const texts = textResults
    .slice(-2)
    .map(({ name, text }) => `${name} gave text: "${text.slice(0, EXCERPT)}${text.length > EXCERPT ? '...' : ''}".`);
  const advice = texts.length
    ? 'Read the figures in that text and write them as numbers in your code.'
    : 'Print the values it is made from and see which one is missing.';
  return [`The answer is ${what}, which is no answer.`, ...texts, advice].join(' ');
}

/** The error that the model reads of code that failed; `more` is said at its end. */
export function codeFailure(
  error: CodeError,
  available: ReadonlyMap<string, Callable>,
  more: string,
): AgentExecutionError {
  const where = error.source === undefined ? '' : ` at line '${cut(error.source.trim(), 300)}'`;
  const hint = failureHint(error, available);
  return new AgentExecutionError(`Code execution failed${where} due to: ${error.name}: ${error.message}${hint}${more}`);
}

/** What helps after a failure that small models make again and again; begins with ". ", or is empty. */
export function failureHint(error: CodeError, available: ReadonlyMap<string, Callable>): string {
  if (error.kind !== 'error' && error.kind !== 'syntax') return '';
  return unknownNameHint(error, available) || (TAKES_TEXT_APART.test(error.source ?? '') ? `. ${READ_IT}` : '');
}

/** For code that used a name which does not exist: what does. */
function unknownNameHint({ name, message }: CodeError, available: ReadonlyMap<string, Callable>): string {
  const missing = name === 'ReferenceError' ? /^'?([\w$]+)'? is not defined/.exec(message)?.[1] : undefined;
  if (missing === undefined) return '';
  if (OF_OTHER_PLACES.has(missing)) {
    return `. There is no ${missing} here: this is neither a page nor Node. ${READ_IT}`;
  }
  return `. ${whatExists(missing, available)} Other names must be defined by your own code.`;
}

/** The code without comments and the insides of texts, so that a sign in them does not count. */
function withoutTexts(code: string): string {
  return code.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, '""');
}

/** Whether a tool can be called without an argument. */
export function takesNothing({ facts }: Callable): boolean {
  return Object.values(facts.inputs).every(({ nullable }) => nullable === true);
}

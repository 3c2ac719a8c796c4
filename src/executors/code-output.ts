import type { SliceEnd } from './cell';
import { decode } from './codec';
import type { CodeError, CodeOutput, SandboxLimits } from './executor';
import type { RefusedCode } from './rewrite';
import type { StepRecord } from './saved-state';
import { cut } from './show';

/** What the step came to, by how its guest ended; `undo` asks for the state before the step. */
export function outputOf(
  end: SliceEnd,
  record: StepRecord,
  logs: string,
  { maxErrorCharacters }: SandboxLimits,
): { output: CodeOutput; undo: boolean } {
  if (end.type === 'fault') {
    const name = end.kind === 'out_of_memory' ? 'InternalError' : 'RangeError';
    return { output: stopped(record, logs, { kind: end.kind, name, message: end.message }), undo: true };
  }
  if (end.type === 'error') return guestError(end.text, record, logs, maxErrorCharacters);
  const output = plainOutput(record, logs);
  try {
    if (end.type === 'answer') output.answer = answerIn(decode(end.text), end.isList);
    if (end.type === 'value' && end.text !== '' && record.hasValue) output.value = decode(end.text);
  } catch {
    return {
      output: { ...output, error: errorOf('TypeError', 'the value cannot be read outside the sandbox') },
      undo: false,
    };
  }
  if (end.type === 'deadlock') {
    output.error = errorOf('Error', 'the code waits for a promise that nothing can settle any more: no call is open');
    Object.assign(output.error, placeOf(record, record.awaitLine));
  }
  return { output, undo: false };
}

function answerIn(value: unknown, isList: boolean): NonNullable<CodeOutput['answer']> {
  return isList && Array.isArray(value) ? { value: value[0], args: value } : { value };
}

/** The code was not run. */
export function failure({ kind, name, message, line }: RefusedCode, code: string): CodeOutput {
  const source = sourceLine(code, line);
  return {
    logs: '',
    printedLast: false,
    unawaited: [],
    error: { kind, name, message, line, source, lostVariables: [] },
  };
}

/** The step was undone: what it set is gone. */
export function stopped(record: StepRecord, logs: string, error: Omit<CodeError, 'lostVariables'>): CodeOutput {
  const { names } = record;
  const lost = names.length === 0 ? '' : `; these variables of this step are lost: ${names.join(', ')}`;
  return {
    ...plainOutput(record, logs),
    error: { ...error, message: `${error.message}. The step was undone${lost}.`, lostVariables: [...names] },
  };
}

function plainOutput(record: StepRecord, logs: string): CodeOutput {
  return { logs, printedLast: record.printedLast, unawaited: [...record.unawaited] };
}

function errorOf(name: string, message: string): CodeError {
  return { kind: 'error', name, message, lostVariables: [] };
}

const OUT_OF_MEMORY = 'out of memory';
const STACK_OVERFLOW = 'Maximum call stack size exceeded';

function guestError(
  text: string,
  record: StepRecord,
  logs: string,
  maxCharacters: number,
): { output: CodeOutput; undo: boolean } {
  const { name, message, stack } = factsOf(text);
  if (message === OUT_OF_MEMORY && name === 'InternalError') {
    return { output: stopped(record, logs, { kind: 'out_of_memory', name, message }), undo: true };
  }
  const error = errorOf(name, cut(message, maxCharacters - 200)); // leaves room for the notice
  if (message === STACK_OVERFLOW) error.kind = 'stack_overflow';
  if (name === 'SyntaxError') error.kind = 'syntax';
  Object.assign(error, placeOf(record, lineIn(stack, record.file)));
  return { output: { ...plainOutput(record, logs), error }, undo: false };
}

/** A line of the model's code, where it is known. */
export function placeOf({ code }: StepRecord, line: number | undefined): Pick<CodeError, 'line' | 'source'> {
  return line === undefined ? {} : { line, source: sourceLine(code, line) };
}

function factsOf(text: string): { name: string; message: string; stack: string } {
  const none = { name: 'InternalError', message: OUT_OF_MEMORY, stack: '' };
  if (text === '') return none; // the guest had no memory left to describe its error
  try {
    const facts = decode(text);
    if (typeof facts !== 'object' || facts === null) return none;
    const read = (key: string) => String(Object.getOwnPropertyDescriptor(facts, key)?.value ?? '');
    return { name: read('name'), message: read('message'), stack: read('stack') };
  } catch {
    return none;
  }
}

/** The first line of the model's own code in a stack such as `at f (step_3.js:4:13)`. */
function lineIn(stack: string, file: string): number | undefined {
  for (const frame of stack.split('\n')) {
    const at = frame.indexOf(`${file}:`);
    if (at < 0) continue;
    const line = Number.parseInt(frame.slice(at + file.length + 1), 10);
    if (line > 0) return line;
  }
  return undefined;
}

function sourceLine(code: string, line: number): string {
  return (code.split('\n')[line - 1] ?? '').trim();
}

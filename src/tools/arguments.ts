import { AgentToolCallError } from '../errors';
import { isRecord } from '../web/record';
import { describeValue, findMismatch, typeMismatch, typeOf } from './json-schema';
import type { AnyTool, ToolFacts, ToolHandle, ToolInput } from './tool';

/** Arguments by name. */
export type NamedArguments = Readonly<Record<string, unknown>>;

/**
 * Throws `AgentToolCallError` unless `args` fit the tool's inputs: no unknown name, none missing that is not nullable,
 * each of its exact JSON type (a whole number is a number too, `any` takes all) and, where an input says more in JSON
 * Schema, fit for that. A tool with `validate` checks the last by itself. All that is wrong is told at once.
 */
export function checkArguments(tool: ToolFacts, args: NamedArguments): void {
  const problems: string[] = [];
  for (const name of Object.keys(args)) {
    const value = args[name];
    const input = Object.hasOwn(tool.inputs, name) ? tool.inputs[name] : undefined;
    if (!input) problems.push(`argument \`${name}\` is unknown, the tool takes ${listInputs(tool)}`);
    else if (value !== undefined) {
      const mismatch = mismatchOf(tool, input, value, name);
      if (mismatch !== undefined) problems.push(`argument ${mismatch}`);
    }
  }
  for (const name of Object.keys(tool.inputs)) {
    if (tool.inputs[name]?.nullable === true) continue;
    if (!Object.hasOwn(args, name) || args[name] === undefined) {
      problems.push(`argument \`${name}\` is missing, it is required and must be ${describeInput(tool.inputs[name])}`);
    }
  }
  if (problems.length > 0) throw new AgentToolCallError(`${tool.name}: ${problems.join('; ')}`);
}

/**
 * What `execute` is to be given: the arguments checked against the inputs, those left out as undefined taken away, then
 * through the tool's own `validate`. Throws `AgentToolCallError`; the tool has not run then.
 */
export async function acceptArguments(tool: ToolFacts, args: NamedArguments): Promise<unknown> {
  const given = givenArguments(tool, args);
  return tool.validate ? await tool.validate(given) : given;
}

/** `acceptArguments` at once, without the tool's `validate`. */
export function givenArguments(tool: ToolFacts, args: NamedArguments): NamedArguments {
  checkArguments(tool, args);
  if (Object.values(args).includes(undefined))
    return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));
  return { ...args };
}

/** Runs a tool with what `acceptArguments` gave for it. The one place where arguments count as the tool's own type. */
export function executeTool(tool: AnyTool, accepted: unknown, handle: ToolHandle): unknown {
  return tool.execute(accepted as never, handle);
}

/**
 * Names the arguments of a call made in code. One plain object whose keys are all input names and that holds every
 * required one is named arguments; anything else is positional, in the order of the inputs.
 * Throws `AgentToolCallError` for more arguments than inputs; `checkArguments` looks at the rest.
 */
export function bindArguments(tool: ToolFacts, args: readonly unknown[]): Record<string, unknown> {
  const names = Object.keys(tool.inputs);
  const [first] = args;
  if (args.length === 1 && typeOf(first) === 'object' && isRecord(first)) {
    const keys = Object.keys(first);
    const isNamed =
      keys.every((key) => names.includes(key)) && requiredInputs(tool).every((name) => keys.includes(name));
    // positional it would fail as well: told as named arguments, the message says which are missing or unknown
    if (isNamed || !takesObject(names[0] === undefined ? undefined : tool.inputs[names[0]])) return { ...first };
  }
  if (args.length > names.length) {
    throw new AgentToolCallError(
      `${tool.name}: ${args.length} arguments were given, the tool takes ${listInputs(tool)}`,
    );
  }
  return Object.fromEntries(args.flatMap((value, index) => (value === undefined ? [] : [[names[index], value]])));
}

/**
 * Names the arguments of a tool call that a model wrote: an object is arguments by name; JSON text is parsed; a bare value
 * is that of the only input, or of the only one that is required; nothing is no arguments. Throws `AgentToolCallError` for text
 * that begins like an object or a list but is not JSON, and for a bare value that could belong to several inputs.
 */
export function readArguments(tool: ToolFacts, written: unknown): Record<string, unknown> {
  if (isRecord(written)) return { ...written };
  const only = onlyInput(tool);
  const value = typeof written === 'string' ? readText(tool, written, only) : written;
  if (value === null || value === undefined) return {};
  if (isRecord(value)) return { ...value };
  if (only === undefined) {
    if (typeof value === 'string' && value.trim() === '') return {};
    throw new AgentToolCallError(
      `${tool.name}: the arguments are ${describeValue(value)}, must be an object; the tool takes ${listInputs(tool)}`,
    );
  }
  return { [only]: value };
}

/** Names and types of a tool's inputs in one line: "`harbour` (a string), `hour` (an integer, may be left out)". */
export function listInputs(tool: ToolFacts): string {
  const inputs = Object.entries(tool.inputs).map(([name, input]) => {
    return `\`${name}\` (${describeInput(input)}${input.nullable === true ? ', may be left out' : ''})`;
  });
  return inputs.length === 0 ? 'no arguments' : inputs.join(', ');
}

function mismatchOf(tool: ToolFacts, input: ToolInput, value: unknown, name: string): string | undefined {
  return tool.validate ? typeMismatch(input, value, name) : findMismatch(input, value, name);
}

function requiredInputs(tool: ToolFacts): string[] {
  return Object.keys(tool.inputs).filter((name) => tool.inputs[name]?.nullable !== true);
}

function onlyInput(tool: ToolFacts): string | undefined {
  const names = Object.keys(tool.inputs);
  const required = requiredInputs(tool);
  return names.length === 1 ? names[0] : required.length === 1 ? required[0] : undefined;
}

function takesObject(input: ToolInput | undefined): boolean {
  return input !== undefined && [input.type].flat().some((type) => ['object', 'any', 'image', 'audio'].includes(type));
}

function describeInput(input: ToolInput | undefined): string {
  const types = [input?.type ?? 'any'].flat();
  return types
    .map((type) => (type === 'any' ? 'any value' : `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`))
    .join(' or ');
}

function readText(tool: ToolFacts, text: string, only: string | undefined): unknown {
  const trimmed = text.trim();
  const looksLikeJson = trimmed.startsWith('{') || trimmed.startsWith('[');
  let parsed: unknown;
  try {
    parsed = JSON.parse(trimmed, dropPrototype);
  } catch (cause) {
    if (!looksLikeJson) return text;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AgentToolCallError(`${tool.name}: the arguments begin like JSON but are not: ${why}`, { cause });
  }
  if (typeof parsed === 'string') return /^\s*[{[]/.test(parsed) ? readText(tool, parsed, only) : parsed;
  // `42` for an input that takes text is the text
  const input = only === undefined ? undefined : tool.inputs[only];
  return !looksLikeJson && input && typeMismatch(input, parsed, '') !== undefined ? text : parsed;
}

/** For `JSON.parse`: a key that a careless copy would take for the prototype is left out. */
function dropPrototype(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}

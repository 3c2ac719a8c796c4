import type { AttributeValue } from '@opentelemetry/api';
import type { Work } from '../agents/scope';
import type { ActionStep } from '../memory/step';
import { isRecord } from '../web/record';
import type { Entry } from './attribute-writer';
import { jsonText, plainText } from './json-text';

type ToolWork = Extract<Work, { type: 'tool' }>;

/** What is known of a step before it begins: its number, where smolagents shows an empty object. */
export function* stepStart(number: number): Generator<Entry> {
  yield ['input.value', jsonText({ memory_step: `ActionStep(step_number=${number})` })];
}

/** What a step observed. Of a step that failed, strict tells the prints of code alone. */
export function* stepEnd(step: ActionStep, failed: boolean, strict: boolean): Generator<Entry> {
  if (failed && strict && step.code === undefined) return;
  yield ['output.value', step.observations];
}

/** What a tool is called with. */
export function* toolStart(
  { tool, callId, args, named }: ToolWork,
  strict: boolean,
  content: boolean,
): Generator<Entry> {
  const byPosition = args !== undefined && !isNamed(args, named);
  const given = {
    args: byPosition ? args : [],
    sanitize_inputs_outputs: args === undefined,
    kwargs: byPosition ? {} : named,
  };
  yield ['input.value', jsonText(given)];
  yield ['tool.name', tool.name];
  yield ['tool.description', tool.description];
  yield ['tool.parameters', jsonText(tool.inputs)];
  if (strict) return;
  yield ['tool_call.id', callId];
  yield ['gen_ai.operation.name', 'execute_tool'];
  yield ['gen_ai.tool.name', tool.name];
  yield ['gen_ai.tool.type', 'function'];
  yield ['gen_ai.tool.call.id', callId];
  if (content) yield ['gen_ai.tool.call.arguments', jsonText(named)];
}

/** Whether code gave one object of named arguments. */
function isNamed(args: readonly unknown[], named: Readonly<Record<string, unknown>>): boolean {
  const [only] = args;
  if (args.length === 0) return true;
  if (args.length > 1 || !isRecord(only)) return false;
  const names = Object.keys(named);
  return names.length === Object.keys(only).length && names.every((name) => Object.is(only[name], named[name]));
}

const PLAIN_TYPES = new Set(['string', 'boolean', 'integer', 'number']);

/** What a tool gave: a value of a plain type as it is, anything else as JSON. */
export function* toolEnd({ tool }: ToolWork, output: unknown, strict: boolean, content: boolean): Generator<Entry> {
  const isPlain = PLAIN_TYPES.has(tool.outputType ?? 'any') || typeof output === 'string';
  const value: AttributeValue | undefined = isPlain ? plainValue(output) : jsonText(output);
  yield ['output.value', value];
  yield ['output.mime_type', isPlain ? 'text/plain' : 'application/json'];
  if (!strict && content) yield ['gen_ai.tool.call.result', plainText(output)];
}

function plainValue(output: unknown): AttributeValue | undefined {
  if (output === null || output === undefined) return undefined;
  return typeof output === 'number' || typeof output === 'boolean' ? output : plainText(output);
}

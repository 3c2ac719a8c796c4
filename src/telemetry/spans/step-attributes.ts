import type { AttributeValue } from '@opentelemetry/api';
import type { Work } from '../../agents/scope';
import type { ActionStep } from '../../memory/step';
import { isRecord } from '../../web/record';
import type { Put } from './attribute-writer';
import { jsonText, plainText } from './json-text';

type ToolWork = Extract<Work, { type: 'tool' }>;

/** What is known of a step before it begins: its number, where smolagents shows an empty object. */
export function stepStart(put: Put, number: number): void {
  put('input.value', jsonText({ memory_step: `ActionStep(step_number=${number})` }));
}

/** What a step observed. Of a step that failed, strict tells the prints of code alone. */
export function stepEnd(put: Put, step: ActionStep, failed: boolean, strict: boolean): void {
  if (failed && strict && step.code === undefined) return;
  put('output.value', step.observations);
}

/** What a tool is called with. */
export function toolStart(put: Put, { tool, callId, args, named }: ToolWork, strict: boolean, content: boolean): void {
  const byPosition = args !== undefined && !isNamed(args, named);
  const given = {
    args: byPosition ? args : [],
    sanitize_inputs_outputs: args === undefined,
    kwargs: byPosition ? {} : named,
  };
  put('input.value', jsonText(given));
  put('tool.name', tool.name);
  put('tool.description', tool.description);
  put('tool.parameters', jsonText(tool.inputs));
  if (strict) return;
  put('tool_call.id', callId);
  put('gen_ai.operation.name', 'execute_tool');
  put('gen_ai.tool.name', tool.name);
  put('gen_ai.tool.type', 'function');
  put('gen_ai.tool.call.id', callId);
  if (content) put('gen_ai.tool.call.arguments', jsonText(named));
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
export function toolEnd(put: Put, { tool }: ToolWork, output: unknown, strict: boolean, content: boolean): void {
  const isPlain = PLAIN_TYPES.has(tool.outputType ?? 'any') || typeof output === 'string';
  const value: AttributeValue | undefined = isPlain ? plainValue(output) : jsonText(output);
  put('output.value', value);
  put('output.mime_type', isPlain ? 'text/plain' : 'application/json');
  if (!strict && content) put('gen_ai.tool.call.result', plainText(output));
}

function plainValue(output: unknown): AttributeValue | undefined {
  if (output === null || output === undefined) return undefined;
  return typeof output === 'number' || typeof output === 'boolean' ? output : plainText(output);
}

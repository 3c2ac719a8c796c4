import { isRecord } from '../web/record';
import type { JsonSchema } from './json-schema';
import type { ToolFacts, ToolInput } from './tool';

/** A tool as told to a chat-completions endpoint; equal in shape to `ToolSchema` of the models room. */
export interface DescribedTool {
  name: string;
  description: string;
  /** JSON Schema of the arguments, an object schema. */
  parameters: Readonly<Record<string, unknown>>;
}

const MAX_STUB_DEPTH = 4; // nested objects are spelled out so far
// what JSON Schema does not know is told as text, as smolagents does: a model names pictures by a word
const AS_STRING = ['any', 'image', 'audio'];

/** The tool in the words of a chat-completions endpoint: `any` as a string, what is not nullable as required. */
export function toolSchema({ name, description, inputs }: ToolFacts): DescribedTool {
  const properties = Object.fromEntries(
    Object.entries(inputs).map(([input, declared]) => [input, { ...declared, type: endpointType(declared.type) }]),
  );
  const required = Object.keys(inputs).filter((input) => inputs[input]?.nullable !== true);
  return { name, description, parameters: { type: 'object', properties, required } };
}

/** The tool as a TypeScript declaration on one line, for the prompts of code agents. */
export function toolStub({ name, description, inputs, outputType = 'any' }: ToolFacts): string {
  const members = Object.entries(inputs).map(([input, declared]) => {
    const comment = declared.description.trim() === '' ? '' : ` /* ${oneLine(declared.description)} */`;
    return `${memberName(input)}${declared.nullable === true ? '?' : ''}: ${typeText(declared, 0)}${comment}`;
  });
  const optional = Object.values(inputs).every((input) => input.nullable === true) ? '?' : '';
  const args = members.length === 0 ? '' : `args${optional}: { ${members.join('; ')} }`;
  return `declare function ${name}(${args}): Promise<${typeText({ type: outputType }, 0)}>; // ${oneLine(description)}`;
}

/** The tool as one line for the prompts of tool-calling agents: name, description, inputs as JSON, output. */
export function toolLine({ name, description, inputs, outputType = 'any' }: ToolFacts): string {
  return `${name}: ${oneLine(description)} Arguments: ${JSON.stringify(inputs)}. Returns: ${outputType}.`;
}

function endpointType(type: ToolInput['type']): ToolInput['type'] {
  if (typeof type === 'string') return AS_STRING.includes(type) ? 'string' : type;
  return [...new Set(type.map((each) => (AS_STRING.includes(each) ? 'string' : each)))];
}

function typeText(schema: JsonSchema, depth: number): string {
  const { enum: choices, nullable } = schema;
  if ('const' in schema) return JSON.stringify(schema.const) ?? 'any';
  const types: unknown[] = [schema.type ?? 'any'].flat();
  const text = Array.isArray(choices)
    ? choices.map((choice) => JSON.stringify(choice)).join(' | ')
    : [...new Set(types.map((type) => typeNamed(type, schema, depth)))].join(' | ');
  return nullable === true && text !== 'any' ? `${text} | null` : text;
}

function typeNamed(type: unknown, { items, properties, required }: JsonSchema, depth: number): string {
  if (type === 'integer') return 'number';
  if (type === 'string' || type === 'boolean' || type === 'number' || type === 'null') return type;
  if (type === 'array') {
    const item = isRecord(items) ? typeText(items, depth) : 'any';
    return /[ |]/.test(item) ? `Array<${item}>` : `${item}[]`;
  }
  if (type !== 'object') return 'any';
  if (!isRecord(properties) || depth >= MAX_STUB_DEPTH) return 'Record<string, any>';
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  const members = Object.entries(properties).map(([name, property]) => {
    return `${memberName(name)}${needed.includes(name) ? '' : '?'}: ${typeText(isRecord(property) ? property : {}, depth + 1)}`;
  });
  return `{ ${members.join('; ')} }`;
}

function memberName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** Text that cannot end the comment or the line it stands in. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('*/', '* /').trim();
}

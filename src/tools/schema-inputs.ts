import { AgentConfigurationError } from '../errors';
import { isRecord } from '../web/record';
import { inlineReferences, type JsonSchema, typeOf } from './json-schema';

export const INPUT_TYPES = [
  'string',
  'boolean',
  'integer',
  'number',
  'image',
  'audio',
  'array',
  'object',
  'any',
  'null',
] as const;
export type InputType = (typeof INPUT_TYPES)[number];

export interface SchemaInput {
  type: InputType | readonly InputType[];
  description: string;
  nullable?: boolean;
  readonly [key: string]: unknown;
}

/**
 * smolagents' `inputs` from the JSON Schema of an object: each property with its type in words of smolagents, references
 * put in, null and optional both told by `nullable`. Throws `AgentConfigurationError` for a schema of anything else.
 */
export function inputsFromSchema(owner: string, schema: JsonSchema): Record<string, SchemaInput> {
  const root = inlineReferences(schema);
  if (root.type !== 'object') {
    throw new AgentConfigurationError(
      `${owner}: inputs is a schema of ${JSON.stringify(root.type)}, must be of "object"`,
    );
  }
  const properties = isRecord(root.properties) ? root.properties : {};
  const required: readonly unknown[] = Array.isArray(root.required) ? root.required : [];
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name,
      inputFrom(isRecord(property) ? property : {}, required.includes(name)),
    ]),
  );
}

/** Names of the properties that must be there but may be null: what smolagents would also let be left out. */
export function requiredNullables(schema: JsonSchema): string[] {
  const inputs = inputsFromSchema('', schema);
  const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : [];
  return Object.keys(inputs).filter((name) => required.includes(name) && inputs[name]?.nullable === true);
}

/** Names of the properties that may be left out but not be null. */
export function optionalNonNullables(schema: JsonSchema): string[] {
  const { properties, required } = inlineReferences(schema);
  const names: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(isRecord(properties) ? properties : {})
    .filter(([name, property]) => !names.includes(name) && isRecord(property) && !inputFrom(property, true).nullable)
    .map(([name]) => name);
}

function inputFrom(property: JsonSchema, required: boolean): SchemaInput {
  const { type, anyOf, nullable, description, ...rest } = property;
  const alternatives = Array.isArray(anyOf) ? anyOf.filter(isRecord) : [];
  const solid = alternatives.filter((alternative) => alternative.type !== 'null');
  const [only] = solid;
  if (only && solid.length === 1 && alternatives.length === 2) {
    return inputFrom(
      { ...rest, ...only, nullable: true, ...(description === undefined ? {} : { description }) },
      required,
    );
  }
  const found = typesOf(property, solid);
  const named = found.filter((name) => name !== 'null');
  const mayBeNull = nullable === true || found.includes('null') || solid.length < alternatives.length;
  return {
    type: named.length === 1 && named[0] ? named[0] : named.length > 1 ? named : 'any',
    description: typeof description === 'string' ? description : '',
    ...(solid.length > 0 ? { anyOf: solid } : {}),
    ...rest,
    ...(mayBeNull || !required ? { nullable: true } : {}),
  };
}

/** The types a property says or, where it says none, those of its alternatives, its choices or its constant. */
function typesOf(
  { type, oneOf, enum: choices, ...rest }: JsonSchema,
  alternatives: readonly JsonSchema[],
): InputType[] {
  const said = Array.isArray(type) ? type : type === undefined ? [] : [type];
  if (said.length > 0) return said.filter(isInputType);
  const parts = [...alternatives, ...(Array.isArray(oneOf) ? oneOf.filter(isRecord) : [])];
  if (parts.length > 0) {
    const found = parts.map((part) => typesOf(part, []));
    return found.some((types) => types.length === 0) ? [] : [...new Set(found.flat())];
  }
  const values = Array.isArray(choices) ? choices : 'const' in rest ? [rest.const] : [];
  return [...new Set(values.map(typeOf).filter(isInputType))];
}

export function isInputType(value: unknown): value is InputType {
  return INPUT_TYPES.some((type) => type === value);
}

import { isRecord } from '../web/record';
/** JSON Schema, as data of which nothing is known yet. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const MAX_SHOWN_CHARACTERS = 60;
const MAX_PATTERN_CHARACTERS = 10_000;
const MAX_REFERENCE_DEPTH = 8; // a schema that holds itself is spelled out so far, and open below

/**
 * Says how `value` does not fit `schema`, or nothing where it fits: "`legs[0]` is an integer (7), must be a string".
 * Knows type (with smolagents' any, image and audio), nullable, enum, const, items, properties, required,
 * additionalProperties, the bounds of numbers, texts and lists, pattern, anyOf, oneOf and allOf; other keywords say nothing.
 *
 * A `pattern` runs here on text that a model wrote. Texts over 10,000 characters do not fit any; a pattern that takes
 * exponential time (`(a+)+$`) cannot be told from others and holds the thread with a short text: its author must see to that.
 */
export function findMismatch(schema: JsonSchema, value: unknown, path: string): string | undefined {
  if (value === null && schema.nullable === true) return undefined;
  return (
    typeMismatch(schema, value, path) ??
    choiceMismatch(schema, value, path) ??
    boundMismatch(schema, value, path) ??
    itemsMismatch(schema, value, path) ??
    propertiesMismatch(schema, value, path)
  );
}

/** Only the `type` and `nullable` of `findMismatch`, for tools that check the rest by themselves. */
export function typeMismatch(schema: JsonSchema, value: unknown, path: string): string | undefined {
  if (value === null && schema.nullable === true) return undefined;
  if (typeof schema.type === 'string' && fitsType(schema.type, value)) return undefined; // as most do: no lists are made
  const types = typesOf(schema);
  if (types.length === 0 || types.some((type) => fitsType(type, value))) return undefined;
  const allowed = schema.nullable === true ? [...types, 'null'] : types;
  return `\`${path}\` is ${describeValue(value)}, must be ${allowed.map(withArticle).join(' or ')}`;
}

/** The JSON name of a value's type, whole numbers apart as `integer`; for what JSON does not have, its class. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  if (typeof value !== 'object') return typeof value;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return tag === 'Object' ? 'object' : tag;
}

/** A value and its type for a message, shortened: `an integer (7)`. */
export function describeValue(value: unknown): string {
  const type = typeOf(value);
  if (type === 'null' || type === 'undefined') return type;
  if (typeof value === 'object' && !Array.isArray(value) && type !== 'object') return withArticle(type);
  return `${withArticle(type)} (${showValue(value)})`;
}

/** The schema with every `$ref` into itself replaced by what it stands for. */
export function inlineReferences(root: JsonSchema): JsonSchema {
  const inline = (node: unknown, depth: number): unknown => {
    if (Array.isArray(node)) return node.map((item) => inline(item, depth));
    if (!isRecord(node)) return node;
    if (typeof node.$ref === 'string') {
      const { $ref, ...beside } = node;
      const target = depth < MAX_REFERENCE_DEPTH ? lookUp(root, node.$ref) : undefined;
      return inline(isRecord(target) ? { ...target, ...beside } : beside, depth + 1);
    }
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, inline(child, depth)]));
  };
  const { $defs, definitions, $schema, ...rest } = root;
  const inlined = inline(rest, 0);
  return isRecord(inlined) ? inlined : {};
}

function lookUp(root: JsonSchema, reference: string): unknown {
  if (!reference.startsWith('#')) return undefined;
  const keys = reference
    .split('/')
    .slice(1)
    .map((key) => decoded(key).replace(/~1/g, '/').replace(/~0/g, '~'));
  return keys.reduce<unknown>(
    (node, key) => (isRecord(node) && Object.hasOwn(node, key) ? node[key] : undefined),
    root,
  );
}

/** The key itself where a `%` in it begins no escape. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function typesOf({ type }: JsonSchema): string[] {
  const types = Array.isArray(type) ? type : [type];
  return types.filter((name) => typeof name === 'string');
}

function fitsType(type: string, value: unknown): boolean {
  if (type === 'any') return true;
  if (type === 'image' || type === 'audio')
    return typeof value === 'string' || (typeof value === 'object' && value !== null);
  const actual = typeOf(value);
  if (type === 'number') return (actual === 'number' && !Number.isNaN(value)) || actual === 'integer';
  return actual === type;
}

function choiceMismatch(schema: JsonSchema, value: unknown, path: string): string | undefined {
  const { enum: choices, const: only } = schema;
  if (Array.isArray(choices) && !choices.some((choice) => isSame(choice, value))) {
    return `\`${path}\` is ${describeValue(value)}, must be one of ${choices.map(showValue).join(', ')}`;
  }
  if ('const' in schema && !isSame(only, value))
    return `\`${path}\` is ${describeValue(value)}, must be ${showValue(only)}`;
  for (const part of schemasOf(schema.allOf)) {
    const mismatch = findMismatch(part, value, path);
    if (mismatch !== undefined) return mismatch;
  }
  if (schema.anyOf === undefined && schema.oneOf === undefined) return undefined;
  const alternatives = [...schemasOf(schema.anyOf), ...schemasOf(schema.oneOf)];
  const mismatches = alternatives.map((part) => findMismatch(part, value, path));
  const fits = alternatives.length === 0 || mismatches.includes(undefined);
  return fits ? undefined : mismatches.join('; or ');
}

function boundMismatch(schema: JsonSchema, value: unknown, path: string): string | undefined {
  const wrong = (rule: string) => `\`${path}\` is ${describeValue(value)}, must ${rule}`;
  if (typeof value === 'number') {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
    if (typeof minimum === 'number' && value < minimum) return wrong(`be ${minimum} or more`);
    if (typeof maximum === 'number' && value > maximum) return wrong(`be ${maximum} or less`);
    if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum)
      return wrong(`be more than ${exclusiveMinimum}`);
    if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum)
      return wrong(`be less than ${exclusiveMaximum}`);
    if (typeof multipleOf === 'number' && !Number.isInteger(value / multipleOf))
      return wrong(`be a multiple of ${multipleOf}`);
  }
  if (typeof value === 'string') {
    const { minLength, maxLength, pattern } = schema;
    if (typeof minLength === 'number' && value.length < minLength) return wrong(`have ${minLength} characters or more`);
    if (typeof maxLength === 'number' && value.length > maxLength)
      return wrong(`have ${maxLength} characters or fewer`);
    if (typeof pattern === 'string' && value.length > MAX_PATTERN_CHARACTERS)
      return wrong(`have ${MAX_PATTERN_CHARACTERS} characters or fewer, as it must match a pattern`);
    if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)) return wrong(`match ${pattern}`);
  }
  if (Array.isArray(value)) {
    const { minItems, maxItems } = schema;
    if (typeof minItems === 'number' && value.length < minItems) return wrong(`have ${minItems} items or more`);
    if (typeof maxItems === 'number' && value.length > maxItems) return wrong(`have ${maxItems} items or fewer`);
  }
  return undefined;
}

function itemsMismatch({ items, prefixItems }: JsonSchema, value: unknown, path: string): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const first = schemasOf(prefixItems);
  for (const [index, item] of value.entries()) {
    const schema = first[index] ?? items;
    const mismatch = isRecord(schema) ? findMismatch(schema, item, `${path}[${index}]`) : undefined;
    if (mismatch !== undefined) return mismatch;
  }
  return undefined;
}

function propertiesMismatch(schema: JsonSchema, value: unknown, path: string): string | undefined {
  if (!isRecord(value)) return undefined;
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const missing = required.find((key) => typeof key === 'string' && !Object.hasOwn(value, key));
  if (missing !== undefined) return `\`${path}.${missing}\` is missing, it is required`;
  for (const [key, item] of Object.entries(value)) {
    const known = Object.hasOwn(properties, key);
    if (!known && schema.additionalProperties === false) {
      return `\`${path}.${key}\` is unknown, must be one of ${Object.keys(properties).join(', ')}`;
    }
    const part = known ? properties[key] : schema.additionalProperties;
    const mismatch = isRecord(part) ? findMismatch(part, item, `${path}.${key}`) : undefined;
    if (mismatch !== undefined) return mismatch;
  }
  return undefined;
}

function schemasOf(value: unknown): JsonSchema[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** Equal as JSON; choices are small, so their text will do. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || (typeof one === 'object' && one !== null && JSON.stringify(one) === JSON.stringify(other));
}

/** A value for a message, cut. */
export function showValue(value: unknown): string {
  let text: string;
  try {
    text = (typeof value === 'bigint' ? `${value}n` : JSON.stringify(value)) ?? String(value);
  } catch {
    text = 'an object that holds itself';
  }
  if (Number.isNaN(value)) text = 'NaN';
  return text.length <= MAX_SHOWN_CHARACTERS ? text : `${text.slice(0, MAX_SHOWN_CHARACTERS)}…`;
}

function withArticle(type: string): string {
  if (type === 'null' || type === 'any') return type;
  return `${/^[aeiou]/i.test(type) ? 'an' : 'a'} ${type}`;
}

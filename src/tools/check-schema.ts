import { isRecord } from '../web/record';
import { type JsonSchema, showValue } from './json-schema';
import { INPUT_TYPES, isInputType } from './schema-inputs';

/** Says what is wrong with a keyword's value at a place, or nothing. */
type Rule = (value: unknown, place: string) => string | undefined;

/**
 * Says what is wrong with a JSON Schema, or nothing: "`inputs.properties.city.type` is "strng", must be ...". Looks at the
 * keywords that arguments are checked by; others may hold anything.
 */
export function schemaProblem(schema: JsonSchema, place: string): string | undefined {
  for (const [keyword, value] of Object.entries(schema)) {
    const rule = Object.hasOwn(RULES, keyword) ? RULES[keyword] : undefined;
    const problem = value === undefined ? undefined : rule?.(value, `${place}.${keyword}`);
    if (problem !== undefined) return problem;
  }
  return missingProperty(schema, place);
}

const rule =
  (allowed: string, fits: (value: unknown) => boolean): Rule =>
  (value, place) =>
    fits(value) ? undefined : `\`${place}\` is ${showValue(value)}, must be ${allowed}`;

const isCount = (value: unknown) => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const isType = (value: unknown) =>
  isInputType(value) || (Array.isArray(value) && value.length > 0 && value.every(isInputType));
const isTexts = (value: unknown) => Array.isArray(value) && value.every((entry) => typeof entry === 'string');

const text = rule('a text', (value) => typeof value === 'string');
const number = rule('a number', (value) => typeof value === 'number' && Number.isFinite(value));
const count = rule('a whole number, 0 or more', isCount);

const schema: Rule = (value, place) => {
  if (typeof value === 'boolean') return undefined; // `true` fits all, `false` nothing
  return isRecord(value) ? schemaProblem(value, place) : `\`${place}\` is ${showValue(value)}, must be a schema`;
};
const schemas: Rule = (value, place) => {
  if (!Array.isArray(value)) return `\`${place}\` is ${showValue(value)}, must be a list of schemas`;
  return firstOf(value.map((entry, index) => schema(entry, `${place}[${index}]`)));
};
const schemasByName: Rule = (value, place) => {
  if (!isRecord(value)) return `\`${place}\` is ${showValue(value)}, must be an object of schemas`;
  return firstOf(Object.entries(value).map(([name, entry]) => schema(entry, `${place}.${name}`)));
};

const RULES: Readonly<Record<string, Rule>> = {
  type: rule(`one of ${INPUT_TYPES.join(', ')}, or a list of them`, isType),
  description: text,
  nullable: rule('true or false', (value) => typeof value === 'boolean'),
  enum: rule('a list of choices', (value) => Array.isArray(value) && value.length > 0),
  pattern: rule('a regular expression (with the flag u)', isPattern),
  properties: schemasByName,
  required: rule('a list of names', isTexts),
  additionalProperties: schema,
  items: (value, place) => (Array.isArray(value) ? schemas(value, place) : schema(value, place)),
  prefixItems: schemas,
  anyOf: schemas,
  oneOf: schemas,
  allOf: schemas,
  $defs: schemasByName,
  definitions: schemasByName,
  $ref: text,
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: rule('a number above 0', (value) => typeof value === 'number' && value > 0),
  minLength: count,
  maxLength: count,
  minItems: count,
  maxItems: count,
};

/** Where a schema lists its properties, what it requires is one of them; alternatives may speak of those beside them. */
function missingProperty({ properties, required }: JsonSchema, place: string): string | undefined {
  if (!Array.isArray(required) || !isRecord(properties)) return undefined;
  const missing = required.find((name) => !Object.hasOwn(properties, name));
  if (missing === undefined) return undefined;
  const allowed = Object.keys(properties).join(', ');
  return `\`${place}.required\` names ${showValue(missing)}, must be of its properties${allowed === '' ? '; it has none' : `: ${allowed}`}`;
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    new RegExp(value, 'u');
    return true;
  } catch {
    return false;
  }
}

function firstOf(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}

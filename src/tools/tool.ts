import { AgentConfigurationError, AgentToolCallError } from '../errors';
import type { Clock } from '../web/clock';
import type { Fetch } from '../web/fetch';
import { refuseSetting, refuseUnknownOptions, showSetting } from '../web/options';
import { isRecord } from '../web/record';
import type { ArgumentsOf } from './arguments-of';
import { schemaProblem } from './check-schema';
import type { JsonSchema } from './json-schema';
import {
  INPUT_TYPES,
  type InputType,
  inputsFromSchema,
  isInputType,
  optionalNonNullables,
  requiredNullables,
} from './schema-inputs';
import { describeIssue, isStandardSchema, type StandardSchema } from './standard-schema';
import { checkCallable } from './tool-name';

/** The input and output types of smolagents. */
export type ToolType = InputType;

/** smolagents' description of one input. Keys of JSON Schema beside these (`enum`, `items`, ...) are kept and checked. */
export interface ToolInput {
  type: ToolType | readonly ToolType[];
  description: string;
  /** May be null or left out. */
  nullable?: boolean;
  readonly [key: string]: unknown;
}
export type ToolInputs = Readonly<Record<string, ToolInput>>;

/** A name, inputs, a function. What an app writes is made by `tool()`; what the SDK ships are classes. */
export interface Tool<Args = never, Output = unknown> {
  /** An identifier: code agents call the tool by it. */
  readonly name: string;
  readonly description: string;
  /** smolagents' own form. `tool()` takes Standard Schema and JSON Schema as well and gives this. */
  readonly inputs: ToolInputs;
  /** Default `any`. */
  readonly outputType?: ToolType;
  /** Name of the tool's span; a string, since minifiers rename classes. Default: the tool's name. */
  readonly spanName?: string;
  /** True for polling and paging: the same call with the same result may be repeated without limit. */
  readonly repeatable?: boolean;
  /** True where a call waits for a human or another agent: that time does not count against a code step's limit. */
  readonly untimed?: boolean;
  /** Whether a human must allow the call before it runs: for all arguments, or for those (by name, as they will run) it says. */
  readonly needsApproval?: NeedsApproval;
  /** True where a call that was cut off in the middle may be made a second time: reading, but not sending or paying. */
  readonly idempotent?: boolean;
  /** For a tool whose result a human gives: what to ask. Such a call waits, and `execute` does not run. */
  question?(args: Readonly<Record<string, unknown>>): string;
  /** Checks and converts arguments beyond `inputs`, to what `execute` takes or a promise of it; throws `AgentToolCallError`. */
  validate?(args: Readonly<Record<string, unknown>>): unknown;
  execute(args: Args, handle: ToolHandle): Output | Promise<Output>;
}

export type NeedsApproval = boolean | ((args: Readonly<Record<string, unknown>>) => boolean | Promise<boolean>);

/** Any tool, where its argument types do not matter: what agents hold. */
export type AnyTool = Tool<never, unknown>;

/** What a model is told of a tool and what a call is checked against; managed agents have it too. */
export type ToolFacts = Omit<AnyTool, 'execute'>;

/**
 * Addresses that a run may take for given: those of the user's own task, and those that searches of the run found, managed
 * agents included. What stands in a page, or in the words of a model, is not among them.
 */
export interface KnownAddresses {
  /** Takes the address of a search result; what is no http address is left out. */
  add(address: string): void;
  /** Whether it is known; scheme, fragment and a slash at the end of the path do not count. */
  has(address: string): boolean;
  /** What was added, oldest first. */
  readonly found: readonly string[];
}

/** What a tool is given beside its arguments. */
export interface ToolHandle {
  /** Aborts with the run, and when a code step ends without needing the result. */
  readonly signal: AbortSignal;
  /**
   * The run's fetch, ended by `signal` as well as by one that a request has of its own. Where the run is traced, a request is a
   * span, and carries `traceparent` to the same origin and to those that the telemetry's `propagateTo` lists.
   */
  readonly fetch: Fetch;
  /** The run's clock: waiting on it is counted, recorded and, in tests, virtual; `signal` ends it too. */
  readonly clock: Clock;
  /** Id of this call. */
  readonly callId: string;
  /** A tool that searches adds the addresses of its results, so that `VisitWebpageTool` may be held to them. */
  readonly addresses: KnownAddresses;
  /**
   * Traces `fn` as a span below this call, also after an `await`; the handle it gets has that span as its own.
   * Gives what `fn` gives and throws what it throws.
   */
  span<T>(
    name: string,
    fn: (handle: ToolHandle) => T | Promise<T>,
    attributes?: Readonly<Record<string, string | number | boolean>>,
  ): Promise<T>;
  /** Calls `fn` with this call as the ambient parent of spans, as far as the app's context manager carries it. */
  with<T>(fn: () => T): T;
  /** The OpenTelemetry `Context` of this call, for libraries that take one; undefined where the run is not traced. */
  readonly context: unknown;
  /** W3C trace context of this call, for requests that the tool makes by other means; undefined where it is not traced. */
  readonly traceparent: string | undefined;
}

/** A JSON Schema of type object. */
export interface ObjectSchema {
  readonly type: 'object';
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly [key: string]: unknown;
}

export interface ToolOptions<Inputs extends StandardSchema | ObjectSchema | ToolInputs, Output> {
  /** An identifier that is no word of JavaScript, at most 64 characters. */
  name: string;
  description: string;
  inputs: Inputs;
  outputType?: ToolType;
  spanName?: string;
  /** True for polling and paging: the same call with the same result may be repeated without limit. */
  repeatable?: boolean;
  /** Whether a human must allow the call: for all arguments, or for those (by name, as they will run) for which it gives true. */
  needsApproval?: NeedsApproval;
  /** True where a call that was cut off in the middle may be made a second time: reading, but not sending or paying. */
  idempotent?: boolean;
  /** For a Standard Schema whose library gives no JSON Schema: what the model is told of the arguments. */
  jsonSchema?: ObjectSchema;
  execute(args: ArgumentsOf<Inputs>, handle: ToolHandle): Output | Promise<Output>;
}

const OPTIONS = [
  'name',
  'description',
  'inputs',
  'outputType',
  'spanName',
  'repeatable',
  'needsApproval',
  'idempotent',
  'jsonSchema',
  'execute',
];
/**
 * A tool from a function. `inputs` is a Standard Schema of an object (zod and others; its output is what `execute` gets),
 * a JSON Schema of type object, or smolagents' own form. Throws `AgentConfigurationError` for what a model could not call.
 */
export function tool<const Inputs extends StandardSchema | ObjectSchema | ToolInputs, Output>(
  options: ToolOptions<Inputs, Output>,
): Tool<ArgumentsOf<Inputs>, Output> {
  refuseUnknownOptions('tool()', options, OPTIONS);
  const { name, description, outputType, spanName, repeatable, needsApproval, idempotent } = options;
  const made: Tool<ArgumentsOf<Inputs>, Output> = {
    name,
    description,
    ...readInputs(`Tool ${showSetting(name)}`, name, options.inputs, options.jsonSchema),
    ...(outputType === undefined ? {} : { outputType }),
    ...(spanName === undefined ? {} : { spanName }),
    ...(repeatable === undefined ? {} : { repeatable }),
    ...(needsApproval === undefined ? {} : { needsApproval }),
    ...(idempotent === undefined ? {} : { idempotent }),
    execute: (args, handle) => options.execute(args, handle),
  };
  if (typeof options.execute !== 'function')
    refuseSetting(`Tool ${showSetting(name)}`, 'execute', options.execute, 'a function');
  checkTool(made);
  return made;
}

/** Throws `AgentConfigurationError` unless a model could be told of this tool and call it; for tools that apps write as classes. */
export function checkTool(candidate: AnyTool, place = 'The tool'): void {
  if (!isRecord(candidate)) {
    throw new AgentConfigurationError(
      `${place} is ${showSetting(candidate)}, must be a tool: what tool({...}) gives, or an object of a tool class`,
    );
  }
  const { name, description, inputs, outputType, spanName } = candidate;
  checkCallable('Tool', name, description);
  const owner = `Tool ${showSetting(name)}`;
  const refuse = (what: string) => new AgentConfigurationError(`${owner}: ${what}`);
  if (!isRecord(inputs)) throw refuse(`inputs is ${showSetting(inputs)}, must be an object of inputs`);
  for (const [input, declared] of Object.entries(inputs)) {
    // what a tool checks by itself may be told in any words
    const problem = inputProblem(input, declared) ?? (candidate.validate ? undefined : schemaProblem(declared, input));
    if (problem !== undefined) throw refuse(problem);
  }
  if (outputType !== undefined && !isInputType(outputType))
    refuseSetting(owner, 'outputType', outputType, `one of ${INPUT_TYPES.join(', ')}`);
  if (spanName !== undefined && typeof spanName !== 'string') refuseSetting(owner, 'spanName', spanName, 'a text');
  for (const option of ['repeatable', 'idempotent'] as const) {
    const value: unknown = candidate[option];
    if (value !== undefined && typeof value !== 'boolean') refuseSetting(owner, option, value, 'true or false');
  }
  const { needsApproval, question } = candidate;
  if (needsApproval !== undefined && typeof needsApproval !== 'boolean' && typeof needsApproval !== 'function')
    refuseSetting(owner, 'needsApproval', needsApproval, 'true, false or a function of the arguments');
  if (question !== undefined && typeof question !== 'function')
    refuseSetting(owner, 'question', question, 'a function of the arguments');
  if (typeof candidate.execute !== 'function') refuseSetting(owner, 'execute', candidate.execute, 'a function');
}

function inputProblem(name: string, input: unknown): string | undefined {
  if (name === '' || name === '__proto__') return `an input cannot be called ${JSON.stringify(name)}`;
  if (isStandardSchema(input))
    return `input \`${name}\` is a schema by itself; give one schema of all inputs, such as z.object({ ${name} })`;
  if (!isRecord(input))
    return `input \`${name}\` is ${showSetting(input)}, must be an object with type and description`;
  const types: readonly unknown[] = Array.isArray(input.type) ? input.type : [input.type];
  const unknown = types.find((type) => !isInputType(type));
  if (types.length === 0 || unknown !== undefined || input.type === undefined) {
    return `input \`${name}\` has type ${JSON.stringify(input.type)}, must be of ${INPUT_TYPES.join(', ')}`;
  }
  if (typeof input.description !== 'string') return `input \`${name}\` has no description`;
  if (input.nullable !== undefined && typeof input.nullable !== 'boolean') {
    return `input \`${name}\` has nullable ${JSON.stringify(input.nullable)}, must be true or false`;
  }
  return undefined;
}

function readInputs(
  owner: string,
  name: string,
  inputs: StandardSchema | ObjectSchema | ToolInputs,
  jsonSchema: ObjectSchema | undefined,
): Pick<AnyTool, 'inputs' | 'validate'> {
  if (isStandardSchema(inputs)) {
    const told = jsonSchema === undefined ? schemaOf(owner, inputs) : checkedSchema(owner, 'jsonSchema', jsonSchema);
    return { inputs: inputsFromSchema(owner, told), validate: validator(name, inputs, told) };
  }
  if (jsonSchema)
    throw new AgentConfigurationError(`${owner}: jsonSchema goes with a Standard Schema; put it in inputs`);
  if (!isRecord(inputs)) {
    throw new AgentConfigurationError(
      `${owner}: inputs is ${showSetting(inputs)}, must be a schema or an object of inputs`,
    );
  }
  if (!isObjectSchema(inputs)) return { inputs: { ...inputs } };
  return { inputs: inputsFromSchema(owner, checkedSchema(owner, 'inputs', inputs)) };
}

function checkedSchema(owner: string, option: string, schema: ObjectSchema): ObjectSchema {
  if (!isRecord(schema)) refuseSetting(owner, option, schema, 'a JSON Schema of type object');
  const problem = schemaProblem({ properties: {}, ...schema }, option);
  if (problem !== undefined) throw new AgentConfigurationError(`${owner}: ${problem}`);
  return schema;
}

function isObjectSchema(inputs: ObjectSchema | ToolInputs): inputs is ObjectSchema {
  return inputs.type === 'object';
}

function schemaOf(owner: string, schema: StandardSchema): ObjectSchema {
  const { vendor, jsonSchema } = schema['~standard'];
  if (!jsonSchema) {
    throw new AgentConfigurationError(
      `${owner}: this ${vendor} schema cannot say itself as JSON Schema (zod can from 4.2 on); give one as jsonSchema`,
    );
  }
  let made: JsonSchema;
  try {
    made = jsonSchema.input({ target: 'draft-2020-12' });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AgentConfigurationError(`${owner}: inputs cannot be told as JSON Schema: ${why}; give one as jsonSchema`);
  }
  if (made.type !== 'object') {
    throw new AgentConfigurationError(
      `${owner}: inputs is a schema of ${JSON.stringify(made.type)}, must be of "object"`,
    );
  }
  return { ...made, type: 'object' };
}

/**
 * The schema's own check. Models often write null for an argument they leave out, or leave out one that may be null;
 * both are put right first, since smolagents' `nullable` means either.
 */
function validator(name: string, schema: StandardSchema, told: JsonSchema): (args: JsonSchema) => Promise<unknown> {
  const optional = optionalNonNullables(told);
  const nullable = requiredNullables(told);
  return async (args) => {
    const given = Object.fromEntries(
      Object.entries(args).filter(([key, value]) => value !== null || !optional.includes(key)),
    );
    for (const key of nullable) given[key] ??= null;
    const result = await schema['~standard'].validate(given);
    if (!result.issues) return result.value;
    throw new AgentToolCallError(`${name}: ${result.issues.map(describeIssue).join('; ')}`);
  };
}

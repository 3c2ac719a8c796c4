import type { Clock } from '../web/clock';
import type { Fetch } from '../web/fetch';

/** The input and output types of smolagents. */
export type ToolType =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'number'
  | 'image'
  | 'audio'
  | 'array'
  | 'object'
  | 'any'
  | 'null';

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
  /** Checks and converts arguments beyond `inputs` (a Standard Schema does); throws `AgentToolCallError`. */
  validate?(args: Readonly<Record<string, unknown>>): Args | Promise<Args>;
  execute(args: Args, handle: ToolHandle): Output | Promise<Output>;
}

/** Any tool, where its argument types do not matter: what agents hold. */
export type AnyTool = Tool<never, unknown>;

/** What a tool is given beside its arguments. */
export interface ToolHandle {
  /** Aborts with the run, and when a code step ends without needing the result. */
  readonly signal: AbortSignal;
  /** The run's fetch. */
  readonly fetch: Fetch;
  /** The run's clock: waiting on it is counted, recorded and, in tests, virtual. */
  readonly clock: Clock;
  /** Id of this call. */
  readonly callId: string;
}

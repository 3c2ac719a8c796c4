import type { ErrorCode } from 'smolagents-web';

/** A case of conformance/1 whose keys have been checked: names are the data's own. Shapes as in `format.keys`. */
export interface ConformanceCase extends AgentCase {
  id: string;
  task?: string;
  runs?: readonly RunCase[];
  expect?: Partial<Expect>;
}

export interface AgentCase {
  agent: 'tool-calling' | 'code';
  name?: string;
  description?: string;
  tools?: readonly ToolCase[];
  managed_agents?: readonly AgentCase[];
  options?: OptionsCase;
  stream_outputs?: boolean;
  script?: readonly ScriptCase[];
}

export interface RunCase {
  task: string;
  stream?: boolean;
  reset?: boolean;
  max_steps?: number;
  additional_args?: Readonly<Record<string, unknown>>;
  images?: number;
  interrupt_after?: number;
}

export interface ToolCase {
  name: string;
  description?: string;
  inputs?: Readonly<Record<string, { type: InputType; description?: string; nullable?: boolean }>>;
  output_type?: InputType;
  behaviour?: Behaviour;
}

type InputType = 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'any' | 'image';

export interface Behaviour {
  kind: 'return' | 'template' | 'echo' | 'add' | 'throw' | 'throw_if' | 'delay' | 'image';
  value?: unknown;
  template?: string;
  arg?: string;
  equals?: unknown;
  message?: string;
  else?: Behaviour;
  ms?: number;
  ms_arg?: string;
  then?: Behaviour;
  w?: number;
  h?: number;
}

export interface OptionsCase {
  max_steps?: number;
  planning_interval?: number;
  provide_run_summary?: boolean;
  final_answer_checks?: readonly CheckCase[];
  initial_state?: Readonly<Record<string, unknown>>;
  max_print_outputs_length?: number;
  structured_outputs?: boolean;
  timeout_seconds?: number;
}

export interface CheckCase {
  name: string;
  kind: 'equals' | 'is_number' | 'throws';
  value?: unknown;
}

export interface ScriptCase {
  text?: string | null;
  tool_calls?: readonly { id?: string; name: string; arguments?: unknown }[];
  deltas?: readonly {
    content?: string | null;
    tool_calls?: readonly { index?: number; id?: string; name?: string; arguments?: string }[];
    usage?: readonly number[];
  }[];
  usage?: readonly number[];
  fail?: string;
}

/** `[index or number, text]`, checked where it is used. */
export type Pair = readonly (number | string)[];
export type ByCall<Value> = Readonly<Record<string, Value>>;

export interface Expect {
  final: unknown;
  finals: readonly unknown[];
  final_contains: string;
  final_type: 'image';
  state: string;
  raises: ErrorCode;
  raises_contains: string;
  memory: readonly string[];
  step_numbers: readonly number[];
  errors: readonly (ErrorCode | null)[];
  errors_contain: readonly Pair[];
  tool_calls: readonly (readonly (readonly unknown[])[])[];
  tool_calls_recorded_on_error: boolean;
  call_ids_nonempty: boolean;
  unique_call_ids: boolean;
  observations: readonly (string | null)[];
  observations_contain: readonly Pair[];
  observations_do_not_contain: readonly Pair[];
  observation_max_chars: readonly Pair[];
  observation_flags_incomplete: boolean;
  model_output_ends_with: string;
  memory_export_is_json: boolean;
  model_calls: number;
  tokens: readonly number[];
  tokens_per_run: readonly (readonly number[])[];
  tokens_complete: boolean;
  inclusive_tokens: readonly number[];
  running_total_tokens: readonly number[];
  step_tokens: readonly (readonly number[] | null)[];
  roles_at_call: ByCall<readonly string[]>;
  tools_at_call: ByCall<readonly string[]>;
  stop_at_call: ByCall<readonly string[]>;
  images_at_call: ByCall<number>;
  response_format_at_call: ByCall<boolean>;
  call_mentions: readonly Pair[];
  call_does_not_mention: readonly Pair[];
  next_call_mentions: readonly Pair[];
  events: readonly string[];
  tool_output_order_first_step: readonly unknown[];
  last_action_step_event: { step?: number; error?: ErrorCode | null };
  tool_invocations: number;
  tool_args_received: readonly unknown[];
  sub: Readonly<Record<string, SubExpect>>;
  each_sub_run_memory_has_one_task: boolean;
  max_seconds: number;
  max_seconds_clock: 'virtual' | 'real';
}

export interface SubExpect {
  memory?: readonly string[];
  model_calls?: number;
  tokens?: readonly number[];
  sub?: Readonly<Record<string, SubExpect>>;
}

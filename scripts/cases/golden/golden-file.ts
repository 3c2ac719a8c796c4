/** A golden/1 file, as `keys.ts` has checked it. Names and meanings are those of the shared README beside such files. */
export interface GoldenFile {
  kind: 'golden/1';
  scenario: string;
  model: { model_id: string; client_retries?: number; kwargs?: Readonly<Record<string, unknown>> };
  agent: AgentSpec;
  run: {
    task: string;
    stream?: boolean;
    images?: readonly string[];
    additional_args?: Readonly<Record<string, unknown>>;
  };
  context?: {
    session_id?: string;
    user_id?: string;
    metadata?: Readonly<Record<string, unknown>>;
    tags?: readonly string[];
  };
  prompt_templates: Readonly<Record<string, TemplateTree>>;
  tools: Readonly<Record<string, ToolSpec>>;
  tool_outputs: readonly ToolEntry[];
  tool_delays_s?: Readonly<Record<string, number>>;
  script: readonly Reply[];
  script_js?: readonly Reply[];
  code_pairs?: readonly CodePair[];
  model_requests: readonly Readonly<Record<string, unknown>>[];
  result?: unknown;
  error?: unknown;
  span_count?: number;
  lost_parents?: number;
  spans: readonly GoldenSpan[];
}

export interface AgentSpec {
  type: 'CodeAgent' | 'ToolCallingAgent';
  name?: string;
  description?: string;
  tools?: readonly string[];
  managed_agents?: readonly AgentSpec[];
  max_steps?: number;
  planning_interval?: number;
  stream_outputs?: boolean;
}

export interface TemplateTree {
  readonly [name: string]: string | TemplateTree;
}

export interface ToolSpec {
  span_name: string;
  description: string;
  inputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  output_type: string;
}

export interface ToolEntry {
  tool: string;
  args: Readonly<Record<string, unknown>>;
  output?: unknown;
  throws?: { name: string; message: string };
}

export interface Reply {
  content?: string | null;
  /** How a stream divides the content; not of a file, but of players that say it. */
  pieces?: readonly string[];
  tool_calls?: readonly { id: string; name: string; arguments: unknown }[];
  usage?: { prompt_tokens: number; completion_tokens: number };
  status?: number;
  error?: { message: string; type?: string; code?: string | null };
}

export interface CodePair {
  index: number;
  py: string;
  js: string;
}

export type AttributeJson = string | number | boolean | readonly (string | number | boolean)[];

export interface SpanEvent {
  name: string;
  attributes: Readonly<Record<string, AttributeJson>>;
}

/** One span of a file. */
export interface GoldenSpan {
  id: string;
  parent: string | null;
  name: string;
  kind: string;
  otel_kind?: string;
  status: { code: string; message?: string };
  end_order: number;
  attributes: Readonly<Record<string, AttributeJson>>;
  attribute_types?: Readonly<Record<string, string>>;
  loose?: readonly string[];
  events?: readonly SpanEvent[];
  concurrent_with_siblings?: boolean;
}

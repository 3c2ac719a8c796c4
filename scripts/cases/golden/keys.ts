import type { KeyRule, KeyRules } from '../key-rules';

const TEXT: KeyRule = { types: ['text'] };
const NUMBER: KeyRule = { types: ['number'] };
const BOOLEAN: KeyRule = { types: ['boolean'] };
const TEXT_OR_NULL: KeyRule = { types: ['text', 'null'] };
/** Holds any JSON: its path ends in `**`. */
const ANY: KeyRule = {};
const NEEDED_TEXT: KeyRule = { needed: true, types: ['text'] };

const AGENT_KEYS: KeyRules = {
  type: { needed: true, values: ['CodeAgent', 'ToolCallingAgent'] },
  name: TEXT,
  description: TEXT,
  'tools[]': TEXT,
  max_steps: NUMBER,
  planning_interval: NUMBER,
  stream_outputs: BOOLEAN,
};

const REPLY_KEYS: KeyRules = {
  content: TEXT_OR_NULL,
  'tool_calls[].id': TEXT,
  'tool_calls[].name': NEEDED_TEXT,
  'tool_calls[].arguments.**': ANY,
  'usage.prompt_tokens': NUMBER,
  'usage.completion_tokens': NUMBER,
  status: NUMBER,
  'error.message': TEXT,
  'error.type': TEXT_OR_NULL,
  'error.code': { types: ['text', 'number', 'null'] },
};

const SPAN_KEYS: KeyRules = {
  id: NEEDED_TEXT,
  parent: { needed: true, types: ['text', 'null'] },
  'path[]': TEXT,
  name: NEEDED_TEXT,
  kind: { needed: true, values: ['AGENT', 'CHAIN', 'LLM', 'TOOL'] },
  otel_kind: { values: ['INTERNAL', 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'] },
  'status.code': { needed: true, values: ['OK', 'ERROR', 'UNSET'] },
  'status.message': TEXT,
  end_order: { needed: true, types: ['number'] },
  'attributes.**': ANY,
  'attribute_types.*': { values: ['int', 'double', 'bool', 'array<string>'] },
  'loose[]': TEXT,
  'events[].name': NEEDED_TEXT,
  'events[].attributes.**': ANY,
  concurrent_with_siblings: BOOLEAN,
};

/** Every key and value of golden/1 that the player knows. */
export const GOLDEN_KEYS: KeyRules = {
  kind: { needed: true, values: ['golden/1'] },
  format: TEXT,
  scenario: NEEDED_TEXT,
  title: TEXT,
  'versions.*': TEXT,
  'model.python_class': TEXT,
  'model.model_id': NEEDED_TEXT,
  'model.client_retries': { values: [0] },
  'model.kwargs.**': ANY,
  ...under('agent.', AGENT_KEYS),
  ...under('agent.managed_agents[].', AGENT_KEYS),
  'agent.managed_agents[].managed_agents': { same_keys_as: 'agent.managed_agents' },
  'run.task': NEEDED_TEXT,
  'run.stream': BOOLEAN,
  'run.images[]': TEXT,
  'run.additional_args.**': ANY,
  'context.session_id': TEXT,
  'context.user_id': TEXT,
  'context.metadata.**': ANY,
  'context.tags[]': TEXT,
  'prompt_templates.**': { needed: true },
  'tools.*.python_class': TEXT,
  'tools.*.span_name': NEEDED_TEXT,
  'tools.*.description': NEEDED_TEXT,
  'tools.*.inputs.**': ANY,
  'tools.*.output_type': NEEDED_TEXT,
  'tools.*.behaviour': TEXT,
  'tool_outputs[].tool': NEEDED_TEXT,
  'tool_outputs[].args.**': ANY,
  'tool_outputs[].output.**': ANY,
  'tool_outputs[].throws.name': NEEDED_TEXT,
  'tool_outputs[].throws.message': NEEDED_TEXT,
  'tool_delays_s.*': NUMBER,
  'fixtures.**': ANY,
  ...under('script[].', REPLY_KEYS),
  ...under('script_js[].', REPLY_KEYS),
  'code_pairs[].index': NUMBER,
  'code_pairs[].py': TEXT,
  'code_pairs[].js': TEXT,
  'model_requests[].model': TEXT,
  'model_requests[].messages.**': ANY,
  'model_requests[].tools.**': ANY,
  'model_requests[].stop[]': TEXT,
  'model_requests[].tool_choice.**': ANY,
  'model_requests[].temperature': NUMBER,
  'model_requests[].max_tokens': NUMBER,
  'model_requests[].stream': BOOLEAN,
  'model_requests[].stream_options.include_usage': BOOLEAN,
  'result.**': ANY,
  'error.**': ANY,
  'stream_events.**': ANY,
  'resource.**': ANY,
  'scope.name': TEXT,
  'scope.version': TEXT,
  'scope.schema_url': TEXT,
  span_count: NUMBER,
  lost_parents: NUMBER,
  ...under('spans[].', SPAN_KEYS),
  'phoenix.**': ANY,
};

function under(prefix: string, rules: KeyRules): KeyRules {
  return Object.fromEntries(Object.entries(rules).map(([path, rule]) => [prefix + path, rule]));
}

import type { KeyRule, KeyRules } from '../key-rules';

const TEXT: KeyRule = { types: ['text'] };
const NUMBER: KeyRule = { types: ['number'] };
const BOOLEAN: KeyRule = { types: ['boolean'] };
/** Holds any JSON: its path ends in `**`. */
const ANY: KeyRule = {};

const ERROR_WORDS = ['parsing', 'tool_call', 'tool_execution', 'execution', 'agent', 'generation', 'max_steps'];
const STEP_WORDS: KeyRule = { values: ['task', 'planning', 'action'] };
const TOOL_TYPES: KeyRule = { values: ['string', 'integer', 'number', 'boolean', 'array', 'object', 'any', 'image'] };
const ROLES: KeyRule = { values: ['system', 'user', 'assistant', 'tool-call', 'tool-response'] };
const EVENT_WORDS: KeyRule = {
  values: ['delta', 'planning_step', 'tool_call', 'tool_output', 'action_output', 'action_step', 'final_answer'],
};

const BEHAVIOUR_KEYS: KeyRules = {
  kind: { needed: true, values: ['return', 'template', 'echo', 'add', 'throw', 'throw_if', 'delay', 'image'] },
  'value.**': ANY,
  template: TEXT,
  arg: TEXT,
  equals: { types: ['text', 'number', 'boolean', 'null'] },
  message: TEXT,
  else: { same_keys_as: 'tools[].behaviour' },
  ms: NUMBER,
  ms_arg: TEXT,
  w: NUMBER,
  h: NUMBER,
};

const TOOL_KEYS: KeyRules = {
  name: { needed: true, types: ['text'] },
  description: TEXT,
  'inputs.*.type': { needed: true, ...TOOL_TYPES },
  'inputs.*.description': TEXT,
  'inputs.*.nullable': BOOLEAN,
  output_type: TOOL_TYPES,
  ...under('behaviour.', BEHAVIOUR_KEYS),
  'behaviour.then': { same_keys_as: 'tools[].behaviour' },
};

const OPTION_KEYS: KeyRules = {
  max_steps: NUMBER,
  planning_interval: NUMBER,
  provide_run_summary: BOOLEAN,
  'final_answer_checks[].name': { needed: true, types: ['text'] },
  'final_answer_checks[].kind': { needed: true, values: ['equals', 'is_number', 'throws'] },
  'final_answer_checks[].value.**': ANY,
  'initial_state.**': ANY,
  max_print_outputs_length: NUMBER,
  structured_outputs: BOOLEAN,
  timeout_seconds: NUMBER,
};

const SCRIPT_KEYS: KeyRules = {
  text: { types: ['text', 'null'] },
  'tool_calls[].id': TEXT,
  'tool_calls[].name': { needed: true, types: ['text'] },
  'tool_calls[].arguments.**': ANY,
  'deltas[].content': { types: ['text', 'null'] },
  'deltas[].tool_calls[].index': NUMBER,
  'deltas[].tool_calls[].id': TEXT,
  'deltas[].tool_calls[].name': TEXT,
  'deltas[].tool_calls[].arguments': TEXT,
  'deltas[].usage[]': NUMBER,
  'usage[]': NUMBER,
  fail: TEXT,
};

/** What an agent of a team is made of, the top one and managed ones. */
const AGENT_KEYS: KeyRules = {
  agent: { needed: true, values: ['tool-calling', 'code'] },
  name: TEXT,
  description: TEXT,
  ...under('options.', OPTION_KEYS),
  stream_outputs: BOOLEAN,
  ...under('script[].', SCRIPT_KEYS),
};

const EXPECT_KEYS: KeyRules = {
  'final.**': ANY,
  'finals[].**': ANY,
  final_contains: TEXT,
  final_type: { values: ['image'] },
  state: { values: ['success', 'max_steps_error', 'error', 'interrupted', 'budget', 'waiting'] },
  raises: { values: ERROR_WORDS },
  raises_contains: TEXT,
  'memory[]': STEP_WORDS,
  'step_numbers[]': NUMBER,
  'errors[]': { values: [...ERROR_WORDS, null] },
  'errors_contain[][]': { types: ['number', 'text'] },
  'tool_calls[][][].**': ANY,
  tool_calls_recorded_on_error: BOOLEAN,
  call_ids_nonempty: BOOLEAN,
  unique_call_ids: BOOLEAN,
  'observations[]': { types: ['text', 'null'] },
  'observations_contain[][]': { types: ['number', 'text'] },
  'observations_do_not_contain[][]': { types: ['number', 'text'] },
  'observation_max_chars[][]': NUMBER,
  observation_flags_incomplete: BOOLEAN,
  model_output_ends_with: TEXT,
  memory_export_is_json: BOOLEAN,
  model_calls: NUMBER,
  'tokens[]': NUMBER,
  'tokens_per_run[][]': NUMBER,
  tokens_complete: BOOLEAN,
  'inclusive_tokens[]': NUMBER,
  'running_total_tokens[]': NUMBER,
  'step_tokens[][]': NUMBER,
  'roles_at_call.*[]': ROLES,
  'tools_at_call.*[]': TEXT,
  'stop_at_call.*[]': TEXT,
  'images_at_call.*': NUMBER,
  'response_format_at_call.*': BOOLEAN,
  'call_mentions[][]': { types: ['number', 'text'] },
  'call_does_not_mention[][]': { types: ['number', 'text'] },
  'next_call_mentions[][]': { types: ['number', 'text'] },
  'events[]': EVENT_WORDS,
  'tool_output_order_first_step[].**': ANY,
  'last_action_step_event.step': NUMBER,
  'last_action_step_event.error': { values: [...ERROR_WORDS, null] },
  tool_invocations: NUMBER,
  'tool_args_received[].**': ANY,
  'sub.*.memory[]': STEP_WORDS,
  'sub.*.model_calls': NUMBER,
  'sub.*.tokens[]': NUMBER,
  'sub.*.sub': { same_keys_as: 'expect.sub' },
  each_sub_run_memory_has_one_task: BOOLEAN,
  max_seconds: NUMBER,
  max_seconds_clock: { values: ['virtual', 'real'] },
};

/** Every key and value of conformance/1 that the player knows. */
export const CONFORMANCE_KEYS: KeyRules = {
  id: { needed: true, types: ['text'] },
  core: BOOLEAN,
  area: {
    values: [
      ...[
        'arg-parsing',
        'code-errors',
        'code-parsing',
        'conversation',
        'final-answer-checks',
        'finish',
        'finish-rules',
        'images',
      ],
      ...[
        'interrupt',
        'js-only',
        'limits',
        'managed-agents',
        'max-steps',
        'model-errors',
        'observations',
        'parallel-tools',
      ],
      ...[
        'parsing-errors',
        'persistence',
        'planning',
        'serialisation',
        'state',
        'streaming',
        'tokens',
        'tool-errors',
        'tools-in-code',
      ],
    ],
  },
  ...AGENT_KEYS,
  task: TEXT,
  'runs[].task': { needed: true, types: ['text'] },
  'runs[].stream': BOOLEAN,
  'runs[].reset': BOOLEAN,
  'runs[].max_steps': NUMBER,
  'runs[].additional_args.**': ANY,
  'runs[].images': NUMBER,
  'runs[].interrupt_after': NUMBER,
  ...under('tools[].', TOOL_KEYS),
  ...under('managed_agents[].', AGENT_KEYS),
  'managed_agents[].tools': { same_keys_as: 'tools' },
  'managed_agents[].managed_agents': { same_keys_as: 'managed_agents' },
  'managed_agents[].note': TEXT,
  ...under('expect.', EXPECT_KEYS),
  note: TEXT,
  js_only: BOOLEAN,
  'smolagents_1_26_0.checked': ANY,
  'smolagents_1_26_0.same': ANY,
  'smolagents_1_26_0.differs[].field': TEXT,
  'smolagents_1_26_0.differs[].got.**': ANY,
};

function under(prefix: string, rules: KeyRules): KeyRules {
  return Object.fromEntries(Object.entries(rules).map(([path, rule]) => [prefix + path, rule]));
}

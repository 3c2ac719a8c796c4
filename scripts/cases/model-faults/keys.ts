import type { KeyRule, KeyRules } from '../key-rules';

const TEXT: KeyRule = { types: ['text'] };
const NUMBER: KeyRule = { types: ['number'] };

const SETTINGS = [
  ...['maxSteps', 'maxRetries', 'retryBaseMs', 'retryCapMs', 'maxRetryAfterMs', 'requestTimeoutMs', 'idleTimeoutMs'],
  ...['repeatLimit', 'maxResponseBytes'],
];
const KINDS = [
  ...['rate_limited', 'server_error', 'timeout', 'network', 'stream_cut', 'auth', 'bad_request', 'not_found'],
  ...['context_overflow', 'bad_response', 'max_steps', 'repeat_limit', 'aborted', 'content_filter', 'too_large'],
];

/** Every key and value of model-faults/1 that the player knows. */
export const MODEL_FAULTS_KEYS: KeyRules = {
  id: { needed: true, types: ['text'] },
  what: TEXT,
  agent: { needed: true, values: ['tool-calling', 'code'] },
  'models[]': { values: ['OpenAIModel', 'HfApiModel'] },
  stream: { types: ['boolean'] },
  ...each(SETTINGS, (name) => `settings.${name}`, NUMBER),
  'script[].http.status': NUMBER,
  'script[].http.headers.*': TEXT,
  'script[].http.json.**': {},
  'script[].http.text': TEXT,
  ...each(['prefix', 'repeat', 'suffix'], (name) => `script[].http.bodyGen.${name}`, TEXT),
  'script[].http.bodyGen.times': NUMBER,
  'script[].http.delayMs': NUMBER,
  'script[].sse.status': NUMBER,
  'script[].sse.chunks[]': TEXT,
  'script[].sse.bytesBase64[]': TEXT,
  'script[].sse.end': { values: ['close', 'reset', 'hang'] },
  'script[].network': { values: ['refused', 'reset', 'dns', 'hang'] },
  'script[].abortAfterMs': NUMBER,
  'expect.status': {
    needed: true,
    values: ['success', 'max_steps_error', 'error', 'interrupted', 'budget', 'waiting'],
  },
  'expect.answer.**': {},
  'expect.errorKind': { values: KINDS },
  'expect.errorKindAnyOf[]': { values: KINDS },
  'expect.errorIncludes': TEXT,
  'expect.modelCalls': NUMBER,
  'expect.modelCalls[]': NUMBER,
  'expect.toolCalls[][].**': {},
  'expect.maxToolRuns.*': NUMBER,
  'expect.delays[][]': NUMBER,
  'expect.steps': NUMBER,
  'expect.observationIncludes': TEXT,
  'expect.memoryExcludes': TEXT,
  'expect.answerEventCount': NUMBER,
  'expect.maxVirtualMs': NUMBER,
};

function each(names: readonly string[], path: (name: string) => string, rule: KeyRule): KeyRules {
  return Object.fromEntries(names.map((name) => [path(name), rule]));
}

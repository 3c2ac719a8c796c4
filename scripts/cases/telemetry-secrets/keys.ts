import type { KeyRule, KeyRules } from '../key-rules';

const TEXT: KeyRule = { types: ['text'] };
const NUMBER: KeyRule = { types: ['number'] };
const SCALAR: KeyRule = { types: ['text', 'number', 'boolean', 'null'] };
const TRUE: KeyRule = { values: [true] };

/** Every key and value of telemetry-secrets/1 that the player knows. */
export const SECRETS_KEYS: KeyRules = {
  id: { needed: true, types: ['text'] },
  what: TEXT,
  'config.hideInputs': TRUE,
  'config.hideOutputs': TRUE,
  'config.hideInputMessages': TRUE,
  'config.hideOutputMessages': TRUE,
  'config.hideInputText': TRUE,
  'config.hideOutputText': TRUE,
  'config.hideInputImages': TRUE,
  'config.hideLlmInvocationParameters': TRUE,
  'config.hideLlmTools': TRUE,
  'config.hidePrompts': TRUE,
  'config.base64ImageMaxLength': NUMBER,
  'config.redact': { values: ['default'] },
  'config.redact[]': TEXT,
  'config.exporterHeaders.*': TEXT,
  'run.task': TEXT,
  'run.answer': TEXT,
  'run.code': TEXT,
  'run.toolCall': TEXT,
  'run.tools[]': TEXT,
  'run.toolArgs.**': {},
  'run.toolThrows': TEXT,
  'run.streamAnswer[]': TEXT,
  'run.image': TEXT,
  'run.managed.answer': TEXT,
  'run.modelKey': TEXT,
  'run.modelParams.*': SCALAR,
  'run.endpoint': TEXT,
  'run.headers.*': TEXT,
  'run.response.status': NUMBER,
  'run.response.body': TEXT,
  'run.modelErrorCause': TEXT,
  'expect.where': { values: ['spans', 'requests', 'console'] },
  'expect.mustNotContain[]': TEXT,
  'expect.mustContain[]': TEXT,
  'expect.redactedKeys[]': TEXT,
  'expect.absentKeys[]': TEXT,
  'expect.presentKeys[]': TEXT,
  'expect.maxSpansNamed.*': NUMBER,
  'expect.bodiesParse': TRUE,
  'expect.maxRedactMs': NUMBER,
};

import type { KeyRule, KeyRules } from '../key-rules';

const TEXT: KeyRule = { types: ['text'] };
const NUMBER: KeyRule = { types: ['number'] };
const BOOLEAN: KeyRule = { types: ['boolean'] };

const SETTINGS = [
  ...['maxQueueSpans', 'maxQueueBytes', 'maxBatchSpans', 'scheduleDelayMs', 'requestTimeoutMs', 'retryBaseMs'],
  ...['retryCapMs', 'maxElapsedMs', 'maxBodyBytes', 'keepaliveMaxBytes', 'flushTimeoutMs', 'shutdownTimeoutMs'],
];
const COUNTS = ['delivered', 'deliveredMin', 'lost', 'duplicated', 'lostReported', 'rootsLost', 'requests'];
const LIMITS = ['maxVirtualMs', 'bodyBytesMax', 'concurrentMax', 'keepaliveInFlightBytesMax', 'queueMax'];

/** Every key and value of collector-faults/1 that the player knows. */
export const COLLECTOR_FAULTS_KEYS: KeyRules = {
  id: { needed: true, types: ['text'] },
  what: TEXT,
  'settings.format': { values: ['json', 'protobuf'] },
  'settings.gzip': BOOLEAN,
  ...each(SETTINGS, (name) => `settings.${name}`, NUMBER),
  'produce[].atMs': { needed: true, ...NUMBER },
  ...each(['spans', 'roots', 'attrBytes', 'repeatEveryMs', 'times'], (name) => `produce[].${name}`, NUMBER),
  'produce[].event': { values: ['pagehide', 'shutdown', 'forceFlush'] },
  'script[].forever': { same_keys_as: 'script[]' },
  'script[].status': NUMBER,
  'script[].headers.*': TEXT,
  'script[].body': TEXT,
  'script[].bodyEndless': BOOLEAN,
  'script[].network': { values: ['refused', 'reset', 'hang'] },
  'script[].acceptThenReset': BOOLEAN,
  'script[].downMs': NUMBER,
  ...each(['upMs', 'downMs', 'forMs'], (name) => `script[].flap.${name}`, { needed: true, ...NUMBER }),
  ...each([...COUNTS, ...LIMITS], (name) => `expect.${name}`, NUMBER),
  'expect.requests[]': NUMBER,
  'expect.delays[][]': NUMBER,
  ...each(['lostEqualsReported', 'neverRetried', 'sameSpanIds', 'keepalive'], (name) => `expect.${name}`, BOOLEAN),
};

function each(names: readonly string[], path: (name: string) => string, rule: KeyRule): KeyRules {
  return Object.fromEntries(names.map((name) => [path(name), rule]));
}

import { AgentConfigurationError } from '../errors';
import { fitsHeader, isHeaderName, MAX_TIMER_MS, refuseSetting, refuseUnknownOptions } from '../web/options';
import { isRecord } from '../web/record';
import type { RetryPolicy } from '../web/retry';
import type { MessageRole } from './model';

/** What every model behind a chat-completions endpoint takes. Times are milliseconds on the run's clock. */
export interface ChatModelOptions extends Partial<RetryPolicy> {
  /** Until the head of a response; a server that does not stream sends it when the reply is ready. Default 120 000, as in smolagents. */
  requestTimeoutMs?: number;
  /** Between two reads of a reply; a server may be silent while it reads a long prompt. Default 120 000. */
  idleTimeoutMs?: number;
  /** Longest reply read, in bytes. Default 8 MiB. */
  maxResponseBytes?: number;
  /** Requests are kept `60 s / requestsPerMinute` apart, retries included. Default: no limit. */
  requestsPerMinute?: number;
  /** A streamed reply counts as ended after so many blank lines in a row; 0 for never. Default 20. */
  maxBlankLines?: number;
  /**
   * A streamed reply that writes a call as text, `{"name", "arguments"}` of a tool that was offered, counts as ended once
   * something else follows it, since nothing behind the call is read. Such a reply has no usage: servers send it last.
   * Default true.
   */
  endAtCall?: boolean;
  /** How calls of earlier steps are told: as text, as smolagents does, or in native messages. Default `text`. */
  toolHistory?: 'text' | 'native';
  /** Content as one text in place of a list of parts; images are then refused. Default false. */
  flattenMessagesAsText?: boolean;
  /** Roles on the wire, in place of the default (`tool-call` as `assistant`, `tool-response` as `user`); empty keeps it. */
  customRoleConversions?: Readonly<Partial<Record<MessageRole, string>>>;
  /**
   * Keys of the request's body as the endpoint names them (`temperature`, `max_tokens`, ...). They win over what the
   * agent asks for; `undefined` takes a key out (`{ tool_choice: undefined }`).
   */
  parameters?: Readonly<Record<string, unknown>>;
  /** Draws the back-off, in [0, 1). Default `Math.random`. */
  random?: () => number;
}

/** The same with every default filled in. */
export type ChatModelSettings = Required<Omit<ChatModelOptions, 'requestsPerMinute'>> &
  Pick<ChatModelOptions, 'requestsPerMinute'>;

const DEFAULTS: ChatModelSettings = {
  maxRetries: 2,
  retryBaseMs: 500,
  retryCapMs: 8_000,
  maxRetryAfterMs: 60_000,
  requestTimeoutMs: 120_000,
  idleTimeoutMs: 120_000,
  maxResponseBytes: 8 * 1024 * 1024,
  requestsPerMinute: undefined,
  maxBlankLines: 20,
  endAtCall: true,
  toolHistory: 'text',
  flattenMessagesAsText: false,
  customRoleConversions: {},
  parameters: {},
  random: Math.random,
};

const PARAMETERS_HINT = '; keys of the request, such as temperature and max_tokens, go into `parameters`';
const RESERVED = ['messages', 'model', 'stream', 'n']; // the model makes these itself and reads one answer
const ROLES = ['system', 'user', 'assistant', 'tool-call', 'tool-response'];
const SECRET_WORD = /(key|token|secret|password|passwd|credential|cookie)s?$|^auth(orization)?$/i;

/**
 * The settings of a model from its options. `own` names the options that the model has beside the shared ones. Throws
 * `AgentConfigurationError` for a key or a value that is not allowed.
 */
export function chatModelSettings(
  model: string,
  options: ChatModelOptions & { modelId?: string },
  own: readonly string[],
): ChatModelSettings {
  refuseUnknownOptions(model, options, [...own, ...Object.keys(DEFAULTS)], PARAMETERS_HINT);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: ChatModelSettings = { ...DEFAULTS, ...given };
  checkNumbers(model, settings);
  const { toolHistory, flattenMessagesAsText, endAtCall, customRoleConversions, parameters, random } = settings;
  if (toolHistory !== 'text' && toolHistory !== 'native')
    refuseSetting(model, 'toolHistory', toolHistory, '"text" or "native"');
  if (typeof flattenMessagesAsText !== 'boolean')
    refuseSetting(model, 'flattenMessagesAsText', flattenMessagesAsText, 'true or false');
  if (typeof endAtCall !== 'boolean') refuseSetting(model, 'endAtCall', endAtCall, 'true or false');
  checkParameters(model, parameters);
  if (!isRecord(customRoleConversions))
    refuseSetting(model, 'customRoleConversions', customRoleConversions, 'an object of roles');
  if (typeof random !== 'function') refuseSetting(model, 'random', random, 'a function');
  for (const [role, wire] of Object.entries(customRoleConversions)) {
    if (!ROLES.includes(role)) refuseSetting(model, 'customRoleConversions', role, `roles of ${ROLES.join(', ')}`);
    if (wire !== undefined) checkText(model, `customRoleConversions.${role}`, wire);
  }
  return settings;
}

/** Throws `AgentConfigurationError` unless the value is absent or a text that is not empty. */
export function checkText(model: string, name: string, value: unknown): void {
  if (value !== undefined && (typeof value !== 'string' || value === ''))
    refuseSetting(model, name, value, 'a text that is not empty');
}

/** Throws `AgentConfigurationError` unless the value is absent, a text or a function. The value is never shown. */
export function checkSecret(model: string, name: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  if (typeof value !== 'string')
    throw new AgentConfigurationError(
      `${model}: ${name} is a ${typeof value}; allowed is a text or a function that gives one`,
    );
  if (!fitsHeader(value))
    throw new AgentConfigurationError(
      `${model}: ${name} (not shown) must be a text that a header can carry: without line breaks and letters beyond Latin-1`,
    );
}

/** Throws `AgentConfigurationError` unless absent or an object of texts that headers can carry. Values are never shown. */
export function checkHeaders(model: string, headers: unknown): void {
  if (headers === undefined) return;
  if (!isRecord(headers)) refuseSetting(model, 'headers', headers, 'an object of texts');
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeaderName(name)) refuseSetting(model, 'headers', name, 'by names of letters, digits and dashes');
    if (typeof value !== 'string' || !fitsHeader(value))
      throw new AgentConfigurationError(
        `${model}: headers.${name} (not shown, ${typeof value}) must be a text without line breaks and letters beyond Latin-1`,
      );
  }
}

/** What `toJSON` may show of the settings: those that differ from the defaults, without functions and secrets. */
export function shownSettings(settings: ChatModelSettings): Record<string, unknown> {
  const shown = Object.entries(settings).filter(
    ([key, value]) => key in DEFAULTS && typeof value !== 'function' && value !== Reflect.get(DEFAULTS, key),
  );
  return Object.fromEntries(shown.map(([key, value]) => [key, key === 'parameters' ? withoutSecrets(value) : value]));
}

/** The value without what stands, at any depth, under a key that names a secret. Numbers are none: `max_tokens` is kept. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(
    ([key, part]) => typeof part === 'number' || typeof part === 'boolean' || !namesSecret(key),
  );
  return Object.fromEntries(kept.map(([key, part]) => [key, withoutSecrets(part)]));
}

/** Whether a word of the key (`x-api-key`, `accessToken`) is one for secrets. */
function namesSecret(key: string): boolean {
  const words = key.replace(/([a-z0-9])([A-Z])/g, '$1 $2').split(/[^A-Za-z0-9]+/);
  return words.some((word) => SECRET_WORD.test(word));
}

function checkParameters(model: string, parameters: unknown): void {
  if (!isRecord(parameters)) refuseSetting(model, 'parameters', parameters, 'an object');
  for (const key of Object.keys(parameters)) {
    if (RESERVED.includes(key))
      throw new AgentConfigurationError(
        `${model} sets "${key}" itself; parameters may hold any key but ${RESERVED.join(', ')}`,
      );
  }
  try {
    JSON.stringify(parameters);
  } catch {
    refuseSetting(model, 'parameters', parameters, 'what JSON can say, without cycles and BigInt');
  }
}

function checkNumbers(model: string, settings: ChatModelSettings): void {
  const whole = (name: keyof ChatModelSettings, least: number, most: number, allowed: string) => {
    const value = settings[name];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
      refuseSetting(model, name, value, allowed);
  };
  const wait = 'whole milliseconds from 0 to 2147483647';
  whole('maxRetries', 0, 100, 'a whole number from 0 to 100');
  for (const name of ['retryBaseMs', 'retryCapMs', 'maxRetryAfterMs'] as const) whole(name, 0, MAX_TIMER_MS, wait);
  for (const name of ['requestTimeoutMs', 'idleTimeoutMs'] as const)
    whole(name, 1, MAX_TIMER_MS, 'whole milliseconds from 1 to 2147483647');
  whole('maxResponseBytes', 1, Number.MAX_SAFE_INTEGER, 'a whole number of bytes from 1');
  whole('maxBlankLines', 0, Number.MAX_SAFE_INTEGER, 'a whole number from 0');
  const pace = settings.requestsPerMinute;
  if (pace !== undefined && !(typeof pace === 'number' && pace > 0 && Number.isFinite(pace)))
    refuseSetting(model, 'requestsPerMinute', pace, 'a number above 0');
}

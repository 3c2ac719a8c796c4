import { AgentConfigurationError } from '../errors';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '../web/retry';
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
  ...DEFAULT_RETRY_POLICY,
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

const RESERVED = ['messages', 'model', 'stream', 'n']; // the model makes these itself and reads one answer
const MAX_TIMER_MS = 2 ** 31 - 1; // a longer timer fires at once
const ROLES = ['system', 'user', 'assistant', 'tool-call', 'tool-response'];

/**
 * The settings of a model from its options. `own` names the options that the model has beside the shared ones. Throws
 * `AgentConfigurationError` for a key or a value that is not allowed.
 */
export function chatModelSettings(
  model: string,
  options: ChatModelOptions & { modelId?: string },
  own: readonly string[],
): ChatModelSettings {
  if (typeof options !== 'object' || options === null) refuse(model, 'options', options, 'an object');
  const allowed = [...own, ...Object.keys(DEFAULTS)].sort();
  for (const key of Object.keys(options)) {
    if (!allowed.includes(key))
      throw new AgentConfigurationError(`${model} has no option "${key}"; it has ${allowed.join(', ')}`);
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: ChatModelSettings = { ...DEFAULTS, ...given };
  checkNumbers(model, settings);
  const { toolHistory, flattenMessagesAsText, endAtCall, customRoleConversions, parameters, random } = settings;
  if (toolHistory !== 'text' && toolHistory !== 'native')
    refuse(model, 'toolHistory', toolHistory, '"text" or "native"');
  if (typeof flattenMessagesAsText !== 'boolean')
    refuse(model, 'flattenMessagesAsText', flattenMessagesAsText, 'true or false');
  if (typeof endAtCall !== 'boolean') refuse(model, 'endAtCall', endAtCall, 'true or false');
  if (typeof random !== 'function') refuse(model, 'random', random, 'a function');
  for (const key of Object.keys(parameters)) {
    if (RESERVED.includes(key))
      throw new AgentConfigurationError(
        `${model} sets "${key}" itself; parameters may hold any key but ${RESERVED.join(', ')}`,
      );
  }
  for (const role of Object.keys(customRoleConversions)) {
    if (!ROLES.includes(role)) refuse(model, 'customRoleConversions', role, `roles of ${ROLES.join(', ')}`);
  }
  return settings;
}

/** Throws `AgentConfigurationError` unless the value is absent or an address with http or https. */
export function checkAddress(model: string, name: string, value: unknown): void {
  if (value === undefined) return;
  const allowed = 'an address that begins with http:// or https://';
  if (typeof value !== 'string' || !/^https?:\/\//i.test(value) || !URL.canParse(value))
    refuse(model, name, value, allowed);
}

/** Throws `AgentConfigurationError` unless the value is absent or a text that is not empty. */
export function checkText(model: string, name: string, value: unknown): void {
  if (value !== undefined && (typeof value !== 'string' || value === ''))
    refuse(model, name, value, 'a text that is not empty');
}

/** Throws `AgentConfigurationError` unless the value is absent, a text or a function. The value is never shown. */
export function checkSecret(model: string, name: string, value: unknown): void {
  if (value === undefined || typeof value === 'function' || typeof value === 'string') return;
  throw new AgentConfigurationError(
    `${model}: ${name} is a ${typeof value}; allowed is a text or a function that gives one`,
  );
}

/** What `toJSON` may show of the settings: those that differ from the defaults, without functions and secrets. */
export function shownSettings(settings: ChatModelSettings): Record<string, unknown> {
  const shown = Object.entries(settings).filter(
    ([key, value]) => key in DEFAULTS && typeof value !== 'function' && value !== Reflect.get(DEFAULTS, key),
  );
  return Object.fromEntries(
    shown.map(([key, value]) => [key, key === 'parameters' ? withoutSecrets(settings) : value]),
  );
}

function withoutSecrets({ parameters }: ChatModelSettings): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters).filter(([key]) => !SECRET_PARAMETER.test(key)));
}

const SECRET_PARAMETER = /^(api_?key|(access_?)?token|authorization|password|secret)$/i;

function checkNumbers(model: string, settings: ChatModelSettings): void {
  const whole = (name: keyof ChatModelSettings, least: number, most: number, allowed: string) => {
    const value = settings[name];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
      refuse(model, name, value, allowed);
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
    refuse(model, 'requestsPerMinute', pace, 'a number above 0');
}

function refuse(model: string, name: string, value: unknown, allowed: string): never {
  throw new AgentConfigurationError(`${model}: ${name} is ${shown(value)}; allowed is ${allowed}`);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

import { AgentConfigurationError, WebAccessError } from '../errors';
import { abortable } from './abortable';
import { isListed, judgeAddress, showAddress } from './address';
import { readBytes } from './body';
import type { Clock } from './clock';
import { isAddressLiteral, isPublicAddress } from './ip-address';
import { withoutUndefined } from './options';
import { redirectOf } from './redirect-of';

/** The `fetch` that a run was given; public doors alone take the global one, where none was. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** The addresses of a host name, as text. Rejects when there are none. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly string[]>;
/** A fetch like `fetch` whose connections go to `addresses` and nowhere else, whatever the name resolves to by then. */
export type Connect = (addresses: readonly string[], fetch: Fetch) => Fetch;

export interface GuardOptions {
  signal: AbortSignal;
  /** Measures `timeoutMs`. A virtual clock must be held while real input is awaited: that is the fetch's own duty. */
  clock: Clock;
  /** Hosts that the operator allows beside the public ones, as `host` or `host:port`; default none. */
  allowHosts?: readonly string[];
  /** A further rule for every hop: says why an address is refused, or undefined where it is not. */
  refuses?: (url: URL) => string | undefined;
  /** Decoded bytes read of the body, then it is cut; default 5 MiB. */
  maxBytes?: number;
  /** Time for all of it, redirects and body included; default 20 s. */
  timeoutMs?: number;
  maxRedirects?: number;
  /** Bytes read of the body of a status of 400 or more; default none. */
  maxErrorBytes?: number;
  /** Types taken, as `text/html` or, for a family, `text/`; default any. A reply that names no type is taken. */
  contentTypes?: readonly string[];
  method?: 'GET' | 'POST';
  body?: string;
  /** The caller's own headers, never a visitor's: `cookie` and `authorization` are refused. */
  headers?: Readonly<Record<string, string>>;
  /** `same-origin` lets a page's own routes see its cookies; default `omit`. */
  credentials?: 'omit' | 'same-origin';
  /** Looks names up, so that those which resolve to private addresses are refused; default: no look. */
  resolve?: Resolve;
  /** Ties the connection to the addresses that `resolve` gave; without it a name may change its mind in between. */
  connect?: Connect;
}

export interface GuardedReply {
  /** Address of the last hop. */
  url: string;
  status: number;
  /** The header as it came, or empty. */
  contentType: string;
  /** The body, cut to `maxBytes`, or to `maxErrorBytes` for a status of 400 or more. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Whether `bytes` is only the beginning. */
  truncated: boolean;
}

const DEFAULTS = {
  allowHosts: [],
  maxBytes: 5 * 1024 * 1024,
  timeoutMs: 20_000,
  maxRedirects: 5,
  maxErrorBytes: 0,
  method: 'GET',
  headers: {},
  credentials: 'omit',
} as const satisfies Partial<GuardOptions>;
type Settings = GuardOptions & { [Key in keyof typeof DEFAULTS]: NonNullable<GuardOptions[Key]> };

/**
 * Fetches one address on behalf of a model, which may have been told to ask for anything. Every hop is judged before it
 * is requested (`judgeAddress`, then `resolve`); time, size and type are capped; no cookies and no headers of a visitor
 * go along. Throws `WebAccessError`, or the signal's reason after an abort; a status of 400 or more is not an error here.
 *
 * A page cannot see where a redirect leads, so there every redirect is refused.
 */
export async function guardedFetch(fetch: Fetch, address: string, options: GuardOptions): Promise<GuardedReply> {
  const settings: Settings = { ...DEFAULTS, ...withoutUndefined(options) };
  refuseCredentials(settings.headers);
  const url = judge(address, settings);
  const over = new AbortController();
  const timer = new AbortController();
  const timeUp = new WebAccessError(`${showAddress(url)} took more than its time of ${settings.timeoutMs / 1000} s`, {
    reason: 'timeout',
  });
  settings.clock.sleep(settings.timeoutMs, timer.signal).then(
    () => over.abort(timeUp),
    () => undefined, // the work was done first
  );
  const signal = AbortSignal.any([settings.signal, over.signal]);
  try {
    signal.throwIfAborted();
    return await follow(fetch, url, { ...settings, signal });
  } catch (cause) {
    signal.throwIfAborted(); // whatever broke, it broke because of the abort
    throw cause;
  } finally {
    timer.abort();
  }
}

function judge(address: string, { allowHosts, refuses }: Settings): URL {
  const url = judgeAddress(address, allowHosts);
  const rule = refuses?.(url);
  if (rule === undefined) return url;
  throw new WebAccessError(`${showAddress(url)} is refused: ${rule}`, { reason: 'address' });
}

async function follow(fetch: Fetch, start: URL, settings: Settings): Promise<GuardedReply> {
  let url = start;
  let { method, body } = settings;
  for (let redirects = 0; ; redirects++) {
    const response = await request(fetch, url, method, body, settings);
    const location = nextAddress(response, url);
    if (location === undefined) return receive(response, url, settings);
    discard(response);
    if (redirects === settings.maxRedirects) {
      throw new WebAccessError(`${showAddress(start)} redirects more than ${settings.maxRedirects} times`, {
        reason: 'redirect',
      });
    }
    url = judge(location, settings);
    if (response.status !== 307 && response.status !== 308) [method, body] = ['GET', undefined];
  }
}

async function request(
  fetch: Fetch,
  url: URL,
  method: 'GET' | 'POST',
  body: string | undefined,
  settings: Settings,
): Promise<Response> {
  const connection = await lookUp(fetch, url, settings);
  const { signal, credentials } = settings;
  const headers = method === 'POST' ? settings.headers : withoutContentType(settings.headers);
  const init: RequestInit = { method, headers, signal, credentials, redirect: 'manual', referrerPolicy: 'no-referrer' };
  if (body !== undefined) init.body = body;
  const pending = connection(url.href, init);
  const response = await abortable(pending, signal).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new WebAccessError(`${showAddress(url)} could not be reached`, { reason: 'network', cause });
  });
  if (response.redirected) {
    discard(response);
    throw new WebAccessError(`${showAddress(url)} was redirected by the fetch itself, so its hops were not judged`, {
      reason: 'redirect',
    });
  }
  if (response.type === 'opaqueredirect') {
    throw new WebAccessError(
      `${showAddress(url)} redirects, and a page cannot see where to; use a \`proxy\`, which can follow it safely`,
      { reason: 'redirect' },
    );
  }
  return response;
}

/** The fetch to use for this hop. Throws when one of the name's addresses is not public; the message does not say which. */
async function lookUp(fetch: Fetch, url: URL, { resolve, connect, allowHosts, signal }: Settings): Promise<Fetch> {
  if (!resolve || isAddressLiteral(url.hostname) || isListed(url, allowHosts)) return fetch;
  const addresses = await abortable(resolve(url.hostname, signal), signal).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new WebAccessError(`${url.hostname} could not be looked up`, { reason: 'network', cause });
  });
  if (addresses.length === 0) throw new WebAccessError(`${url.hostname} has no address`, { reason: 'network' });
  if (!addresses.every(isPublicAddress)) {
    throw new WebAccessError(`${showAddress(url)} is refused: its name resolves to an address that is not public`, {
      reason: 'address',
    });
  }
  return connect ? connect(addresses, fetch) : fetch;
}

function nextAddress(response: Response, base: URL): string | undefined {
  try {
    return redirectOf(response, base)?.href;
  } catch (cause) {
    discard(response);
    throw new WebAccessError(`${showAddress(base)} redirects to something that is no address`, {
      reason: 'redirect',
      cause,
    });
  }
}

async function receive(response: Response, url: URL, settings: Settings): Promise<GuardedReply> {
  const contentType = response.headers.get('content-type') ?? '';
  const reply = { url: url.href, status: response.status, contentType };
  const failed = response.status >= 400;
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (
    !failed &&
    type !== '' &&
    settings.contentTypes &&
    !settings.contentTypes.some((allowed) => fits(type, allowed))
  ) {
    discard(response);
    throw new WebAccessError(
      `${showAddress(url)} is ${type.slice(0, 100)}, which is not read; only ${settings.contentTypes.join(', ')}`,
      { reason: 'content_type' },
    );
  }
  try {
    const maxBytes = failed ? settings.maxErrorBytes : settings.maxBytes;
    return { ...reply, ...(await readBytes(response.body, maxBytes, settings.signal)) };
  } catch (cause) {
    settings.signal.throwIfAborted();
    throw new WebAccessError(`${showAddress(url)} broke off`, { reason: 'network', cause });
  }
}

function fits(type: string, allowed: string): boolean {
  return allowed.endsWith('/') || allowed.startsWith('+')
    ? type.startsWith(allowed) || type.endsWith(allowed)
    : type === allowed;
}

/** Tells the sender to stop; a body nobody reads would keep the connection busy. */
function discard(response: Response): void {
  response.body?.cancel().catch(() => undefined);
}

function refuseCredentials(headers: Readonly<Record<string, string>>): void {
  const refused = Object.keys(headers).find((name) =>
    ['cookie', 'authorization', 'proxy-authorization'].includes(name.toLowerCase()),
  );
  if (refused !== undefined) throw new AgentConfigurationError(`guardedFetch sends no \`${refused}\` header`);
}

function withoutContentType(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-type'));
}

import { AgentConfigurationError, WebAccessError } from '../errors';
import { isAddressLiteral, isPublicAddress } from './ip-address';
import { refuseSetting } from './options';

const ALLOWED_PORTS = ['', '80', '443', '8080', '8443']; // '' is the scheme's own
const PRIVATE_SUFFIXES = ['localhost', 'localdomain', 'local', 'internal', 'home.arpa', 'lan', 'onion'];
const MAX_SHOWN_CHARACTERS = 200;

/**
 * The address as a URL, if its text allows it to be fetched on behalf of a stranger. Refused with `WebAccessError`:
 * schemes other than http and https, a user name or password, ports but the usual four, names that mean something
 * only inside a network, IP addresses in any spelling that are not globally reachable. What a public name resolves to
 * is not looked at here. `allowHosts` are the operator's own exceptions, as `checkAllowHosts` takes them.
 */
export function judgeAddress(text: string, allowHosts: readonly string[] = []): URL {
  const url = parse(text);
  const refuse = (rule: string) => new WebAccessError(`${showAddress(url)} is refused: ${rule}`, { reason: 'address' });
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refuse(`its scheme is ${url.protocol.slice(0, -1)}, only http and https are fetched`);
  }
  if (url.username !== '' || url.password !== '') throw refuse('it holds a user name or password');
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.slice(0, -1);
  if (isListed(url, allowHosts)) return url;
  if (!ALLOWED_PORTS.includes(url.port)) throw refuse(`port ${url.port} is not one of 80, 443, 8080, 8443`);
  const rule = isAddressLiteral(url.hostname) ? literalRule(url.hostname) : nameRule(url.hostname);
  if (rule !== undefined) throw refuse(rule);
  return url;
}

/** Whether the operator's list names this URL's host: with its port, or without one for the usual ports. */
export function isListed(url: URL, allowHosts: readonly string[]): boolean {
  return allowHosts.some((entry) => {
    const listed = new URL(`${url.protocol}//${entry}`);
    const samePort = listed.port === url.port || (!hasPort(entry) && ALLOWED_PORTS.includes(url.port));
    return listed.hostname === url.hostname && samePort;
  });
}

/** Throws `AgentConfigurationError` unless every entry is `host` or `host:port`, IPv6 in brackets. */
export function checkAllowHosts(owner: string, allowHosts: readonly string[]): void {
  if (!Array.isArray(allowHosts)) refuseSetting(owner, 'allowHosts', allowHosts, 'a list of "host" or "host:port"');
  for (const entry of allowHosts) {
    if (
      typeof entry !== 'string' ||
      !/^(\[[0-9a-fA-F:.]+\]|[^\s/?#@:[\]]+)(:\d{1,5})?$/.test(entry) ||
      !parses(`http://${entry}`)
    ) {
      throw new AgentConfigurationError(
        `${owner}: allowHosts holds ${JSON.stringify(entry)}, must be "host" or "host:port"`,
      );
    }
  }
}

/**
 * Throws `AgentConfigurationError` unless `value` is an http(s) address without user name and password or, with `paths`,
 * a path such as `/api` of the page's own origin. The message shows it without what may be secret.
 */
export function checkHttpAddress(owner: string, option: string, value: unknown, { paths = false } = {}): void {
  const allowed = `an http:// or https:// address${paths ? ' or a path that begins with one /' : ''}`;
  if (typeof value !== 'string') refuseSetting(owner, option, value, allowed);
  if (paths && /^\/(?![/\\])/.test(value)) return;
  const shown = value.replace(/[?#].*$/s, '…').replace(/^.*@/s, '…@');
  if (!/^https?:\/\//i.test(value) || !parses(value)) refuseSetting(owner, option, shown, allowed);
  const { username, password } = new URL(value);
  if (username !== '' || password !== '')
    refuseSetting(owner, option, shown, 'without user name and password: an address is shown and saved');
}

/** An address fit for a message: without user name, password, query and fragment, which may hold secrets, and not long. */
export function showAddress(address: URL | string): string {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return 'This text';
  }
  const shown = url.host === '' ? `${url.protocol}…` : `${url.protocol}//${url.host}${url.pathname}`;
  return shown.length <= MAX_SHOWN_CHARACTERS ? shown : `${shown.slice(0, MAX_SHOWN_CHARACTERS)}…`;
}

function parse(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    const shown = JSON.stringify(
      text
        .slice(0, MAX_SHOWN_CHARACTERS)
        .replace(/[?#].*$/s, '…')
        .replace(/\/\/[^/]*@/, '//…@'),
    );
    throw new WebAccessError(`${shown} is refused: it is not a full address such as https://example.org/page`, {
      reason: 'address',
      cause,
    });
  }
}

function literalRule(host: string): string | undefined {
  return isPublicAddress(host) ? undefined : `${host} is not an address of the public internet`;
}

function nameRule(host: string): string | undefined {
  const labels = host.split('.');
  if (labels.includes('')) return 'its host name has an empty part';
  const suffix = PRIVATE_SUFFIXES.find((name) => host === name || host.endsWith(`.${name}`));
  if (suffix !== undefined) return `names under .${suffix} are not on the public internet`;
  return labels.length === 1 ? 'a host name without a dot is not on the public internet' : undefined;
}

function hasPort(entry: string): boolean {
  return /:\d+$/.test(entry.replace(/^\[.*\]/, ''));
}

function parses(address: string): boolean {
  try {
    return new URL(address).hostname !== '';
  } catch {
    return false;
  }
}

import { fromBase64 } from '../../web/base64-text';
import { isRecord } from '../../web/record';

const SECRET_NAME =
  /token(?!iz)|key(?!board|word)|secret|pass|pwd|credential|auth(?!or)|signing|signature|headers|cookie|dsn|(^|_)(pat|sig)($|_)/i;
/** Says what kind a secret is, or where it is used; or is a key of another sort. */
const ABOUT_A_SECRET =
  /((public|foreign|sort|cache|partition)[-_]?keys?|type|mode|kind|name|alg|algorithm|provider|version|scopes?|env|method|file|path|ur[il]|host|domain|issuer|id)$/i;

/** Whether what is called so is a secret, or holds some. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/**
 * Why a text may be a secret: it is called one or stands where a password does (`sure`); it is one of several without a name
 * (`listed`), or has one that says nothing (`named`), in the value of a secret; it is in something else (`open`).
 */
type Place = 'sure' | 'listed' | 'named' | 'open';

const MAX_DEPTH = 6;
const MIN_CHARACTERS = 8; // of what no name calls a secret
const ADDRESS = /^[a-z][a-z\d+.-]*:\/\/(?:([^/?#]*)@)?[^/?#]*([^?#]*)\??([^#]*)#?(.*)$/is;
const HOST_OR_MAIL = /^(?:[^\s@:]+@)?(?:[a-z\d-]+\.)+[a-z]{2,24}(?::\d+)?$/;
const NUMBERS = /^[^\p{L}]*$/u; // an address of the network, a date, a count
const SEPARATOR = /[\r\n,;|&]+|\\n/;
const PAIR = /^([\w .-]{1,64}?)\s*(=|:\s*)(?!=*$)(.+)$/s;
const SCHEME = /^[\w-]+\s+(\S+)$/;
const PEM = /-----(?:BEGIN|END) [A-Z ]+-----/g;
/** A part of a path that nobody makes up. */
const RANDOM = /(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{12,}/i;

/**
 * The texts that are secrets by themselves in the value of a secret variable: leaves of JSON and of objects, items of lists,
 * values of `name=value`, `name: value` and `id:key`, lines of a PEM, the password of an address, also where that is in base64.
 * A single ordinary word (`production`), a host or an address is none, unless its own name calls it a secret.
 */
export function partsOfSecret(value: unknown): string[] {
  return [...new Set(partsOf(value, typeof value === 'string' ? 'sure' : 'listed', 0))];
}

/** The same of a variable whose name says nothing: what is called a secret in its JSON, and passwords of its addresses. */
export function secretsWithin(value: unknown): string[] {
  return [...new Set(partsOf(value, 'open', 0))];
}

function* partsOf(value: unknown, place: Place, depth: number): Generator<string, void> {
  if (depth > MAX_DEPTH) return;
  if (typeof value === 'string') yield* partsOfText(unquoted(value.trim()), place, depth);
  else if (typeof value === 'number' && place === 'sure') yield String(value);
  else if (Array.isArray(value)) for (const item of value) yield* partsOf(item, place, depth + 1);
  else if (isPlain(value))
    for (const [name, item] of Object.entries(value)) yield* partsOf(item, placeOf(name, place), depth + 1);
}

function* partsOfText(text: string, place: Place, depth: number): Generator<string, void> {
  if (place === 'sure' ? !ADDRESS.test(text) : isUnusual(text, place)) yield text;
  const json = parsed(text);
  if (json !== undefined) return yield* partsOf(json, place === 'open' ? 'open' : 'listed', depth + 1);
  if (ADDRESS.test(text)) return yield* partsOfAddress(text, place, depth);
  if (place === 'open') return;
  const body = text.replaceAll(PEM, '');
  if (body !== text) yield body.replaceAll(/\s|\\n/g, '');
  const items = body.split(SEPARATOR).filter((item) => item.trim() !== '');
  if (items.length > 1) return yield* partsOf(items, 'listed', depth);
  const [, name = '', separator = '', value] = PAIR.exec(text) ?? [];
  if (value !== undefined) return yield* partsOfPair(name, separator, value, place, depth);
  const [, credential] = SCHEME.exec(text) ?? [];
  if (credential !== undefined && place === 'sure') return yield* partsOf(credential, 'sure', depth + 1);
  const words = text.split(/\s+/);
  if (words.length > 1) return yield* partsOf(words, 'listed', depth);
  const plain = textInBase64(text);
  if (plain !== undefined) yield* partsOf(plain, place, depth + 1);
}

/** Of `id:key` the second is the secret, whatever the first one is; in `name: value` the name says so. */
function* partsOfPair(name: string, separator: string, value: string, place: Place, depth: number): Generator<string> {
  if (separator !== ':') return yield* partsOf(value, placeOf(name, place), depth + 1);
  if (place === 'sure' && !ADDRESS.test(value)) yield value;
  yield* partsOf([name, value], 'listed', depth);
}

function* partsOfAddress(address: string, place: Place, depth: number): Generator<string> {
  const [, login = '', path = '', query = '', fragment = ''] = ADDRESS.exec(address) ?? [];
  const [user = '', ...password] = login.split(':');
  if (password.length > 0) yield* written(password.join(':'));
  else if (isUnusual(user, 'listed')) yield* written(user);
  if (place !== 'open') yield* path.split('/').filter((part) => RANDOM.test(part));
  for (const pair of `${query}&${fragment}`.split(/[&;]/)) {
    const [name = '', ...value] = pair.split('=');
    for (const text of written(value.join('='))) yield* partsOf(text, placeOf(name, place), depth + 1);
  }
}

/** As an address has it, and as it was before. */
function written(text: string): string[] {
  try {
    return [text, decodeURIComponent(text)];
  } catch {
    return [text];
  }
}

function placeOf(name: string, around: Place): Place {
  if (isSecretName(name) && !ABOUT_A_SECRET.test(name)) return 'sure';
  return around === 'open' ? 'open' : 'named';
}

/** Whether people would not write such a text by chance, in what is told of a run. */
function isUnusual(text: string, place: Place): boolean {
  if (place === 'open' || text.length < MIN_CHARACTERS || ADDRESS.test(text) || HOST_OR_MAIL.test(text)) return false;
  const words = text.replaceAll(/([a-z])(?=[A-Z])/g, '$1 ').match(/[\p{L}\p{N}]+/gu) ?? [];
  if (place === 'listed')
    return !(words.length === 1 && /^\p{L}{1,14}$/u.test(words[0])) && !/^[\d.:]*[.:][\d.:]*$/.test(text);
  const isKnown = words.every((word) => /^(?:\p{L}{1,14}\d{0,2}|\d{1,6})$/u.test(word));
  return !NUMBERS.test(text) && !(isKnown && words.filter((word) => /\p{L}/u.test(word)).length <= 2);
}

function unquoted(text: string): string {
  return /^(["'`]).*\1$/s.test(text) ? text.slice(1, -1) : text;
}

function parsed(text: string): unknown {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A binding is an object as well, and is not looked into. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isRecord(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Text of several parts that base64 hides; undefined where it is none. */
function textInBase64(text: string): string | undefined {
  if (!/^[\w+/-]{12,}={0,2}$/.test(text)) return undefined;
  const bytes = fromBase64(text.replaceAll('-', '+').replaceAll('_', '/').replaceAll('=', ''));
  try {
    const plain = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return /[{[:=,]/.test(plain) && !/[\p{C}]/u.test(plain.replaceAll(/\s/g, '')) ? plain : undefined;
  } catch {
    return undefined;
  }
}

import { encode } from '../../executors/codec';
import { toBase64 } from '../../web/base64-text';
import type { WorkerSettings } from '../settings';
import { cleanTold } from './clean-told';
import { isSecretName, partsOfSecret, secretsWithin } from './secret-parts';

/** Shorter values are words that a text may well hold by itself, such as `basic` and `2048`; with letters and digits mixed they are none. */
const MIN_CHARACTERS = 8;
const MIN_MIXED_CHARACTERS = 5;
export const REMOVED = '__REDACTED__';

export type Clean = (text: string) => string;

/** Takes the worker's secrets out of what leaves a run: a model's own error may hold the key that it was given. */
export interface Secrets {
  /** Out of a text, as they are and as JSON, addresses and base64 write them. */
  fromText: Clean;
  /** Out of an event or facts, as `encode` writes them, also where a text in them is JSON again; they stay what they are. */
  fromTold: Clean;
  /** How many characters at the end of a text may be the beginning of a secret. */
  begunAtEnd(text: string): number;
}

/**
 * The texts of `env` whose name says that they are secrets, what the settings name, the auth token and the headers for traces,
 * and the secrets within them and within other variables, of at least eight characters, or of five where letters and digits
 * are mixed.
 */
export function secretsOf<Env extends object>(
  env: Env,
  { auth, traces, secrets: named }: Pick<WorkerSettings<Env>, 'auth' | 'traces' | 'secrets'>,
): Secrets {
  const variables: [string, unknown][] = Object.entries(env);
  const token = typeof auth === 'object' ? auth.token : undefined;
  const headers = typeof traces?.headers === 'function' ? traces.headers(env) : (traces?.headers ?? {});
  const values: unknown[] = [
    ...variables.flatMap(([name, value]) => (isSecretName(name) ? [value] : [])),
    ...named(env),
    typeof token === 'function' ? token(env) : token,
    ...Object.values(headers),
  ];
  const texts = [
    ...values.flatMap((value) => (typeof value === 'string' ? [value, ...afterScheme(value)] : [])),
    ...values.flatMap(partsOfSecret),
    ...variables.flatMap(([, value]) => secretsWithin(value)),
  ];
  const taken = texts.filter((text) => isLong(text) || isMixed(text));
  const forms = new Set([...taken, ...taken.flatMap(formsOf).filter(isLong)]);
  const secrets = [...forms].sort((one, other) => other.length - one.length); // one that holds another goes first
  const escaped = secrets.map(inJson);
  const all = [...new Set([...secrets, ...escaped])];
  const fromText = remover(all);
  const fromJson = remover([...escaped, ...escaped.map(inJson)]);
  return {
    fromText,
    fromTold: (json) =>
      fromJson(json) === json ? json : JSON.stringify(cleanTold(JSON.parse(json), fromText, REMOVED)),
    begunAtEnd: (text) => all.reduce((longest, secret) => Math.max(longest, begunAtEnd(text, secret)), 0),
  };
}

/** The credential in `Bearer abc` and in `name=abc`. */
function afterScheme(value: string): string[] {
  const [, credential] = /^[\w-]+(?:\s+|=)(\S+)$/.exec(value.trim()) ?? [];
  return credential === undefined ? [] : [credential];
}

function isLong(text: string): boolean {
  return text.length >= MIN_CHARACTERS;
}

function isMixed(text: string): boolean {
  return text.length >= MIN_MIXED_CHARACTERS && /[a-z]/i.test(text) && /\d/.test(text);
}

/** A secret as it is, as addresses hold it, and in base64, by itself or within something longer. */
function formsOf(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const percent = encodeURIComponent(new TextDecoder().decode(bytes));
  const base64 = [0, 1, 2].map((before) => {
    const placed = toBase64(new Uint8Array([...new Uint8Array(before), ...bytes]));
    return placed.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  const forAddresses = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const lower = percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  return [secret, percent, lower, ...base64, ...forAddresses];
}

function inJson(text: string): string {
  return encode(text).slice(1, -1);
}

function remover(secrets: readonly string[]): Clean {
  const each = [...new Set(secrets)];
  return (text) => each.reduce((clean, secret) => clean.replaceAll(secret, REMOVED), text);
}

function begunAtEnd(text: string, secret: string): number {
  const last = text.at(-1);
  for (let length = Math.min(text.length, secret.length - 1); length > 0; length -= 1)
    if (secret[length - 1] === last && text.endsWith(secret.slice(0, length))) return length;
  return 0;
}

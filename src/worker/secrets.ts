import { encode } from '../executors/codec';

const SECRET_NAME = /token|key|secret|password|credential/i;
/** Shorter values are words that a text may well hold by itself. */
const MIN_CHARACTERS = 8;
const REMOVED = '__REDACTED__';

export type Clean = (text: string) => string;

/** Takes the worker's secrets out of what leaves a run: a model's own error may hold the key that it was given. */
export interface Secrets {
  /** Out of a text, as they are and as JSON writes them. */
  fromText: Clean;
  /** Out of JSON, also where a text in it is JSON again; it stays JSON. */
  fromJson: Clean;
}

/** The texts of `env` whose name says that they are secrets, of at least eight characters. */
export function secretsOf(env: object): Secrets {
  const secrets = Object.entries(env).flatMap(([name, value]: [string, unknown]) =>
    SECRET_NAME.test(name) && typeof value === 'string' && value.length >= MIN_CHARACTERS ? [value] : [],
  );
  secrets.sort((one, other) => other.length - one.length); // one that holds another goes first
  const escaped = secrets.map(inJson);
  return {
    fromText: remover([...secrets, ...escaped]),
    fromJson: remover([...escaped, ...escaped.map(inJson)]),
  };
}

function inJson(text: string): string {
  return encode(text).slice(1, -1);
}

function remover(secrets: readonly string[]): Clean {
  const each = [...new Set(secrets)];
  return (text) => each.reduce((clean, secret) => clean.replaceAll(secret, REMOVED), text);
}

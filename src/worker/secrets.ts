import { encode } from '../executors/codec';

const SECRET_NAME = /token|key|secret|password|credential/i;
/** Shorter values are words that a text may well hold by itself. */
const MIN_CHARACTERS = 8;
const REMOVED = '__REDACTED__';

/** Takes the worker's secrets out of a text, as they are and as JSON writes them. */
export type Clean = (text: string) => string;

/**
 * For all that leaves a run: a model's own error may hold the key it was given. Secrets are the texts of `env` whose name
 * says so, of at least eight characters.
 */
export function secretsOf(env: object): Clean {
  const secrets = Object.entries(env).flatMap(([name, value]: [string, unknown]) =>
    SECRET_NAME.test(name) && typeof value === 'string' && value.length >= MIN_CHARACTERS
      ? [...new Set([value, encode(value).slice(1, -1)])]
      : [],
  );
  secrets.sort((one, other) => other.length - one.length); // one that holds another goes first
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, REMOVED), text);
}

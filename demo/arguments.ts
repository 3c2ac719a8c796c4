import { parseArgs } from 'node:util';

/** What the example was asked to do. */
export interface ExampleArguments {
  help: boolean;
  question: string | undefined;
  /** Name of a model at Hugging Face, where no server is given. */
  model: string | undefined;
  /** Base address of an OpenAI-compatible server, such as http://127.0.0.1:8080/v1, and the model to ask there. */
  server: { endpoint: string; model: string; keyFrom: string | undefined } | undefined;
  /** Search and pages come from the local web of `demo/fixtures`. */
  localWeb: boolean;
  /** Address of a page of the local web that fails once, on purpose. */
  brokenPage: string | undefined;
  /** Where a collector takes traces, such as http://localhost:6006/v1/traces. */
  otlp: string | undefined;
  /** File to write the run to. */
  record: string | undefined;
}

export const HELP = `npm run example                                    replays a recorded run: no model, no token
npm run example -- "a question"                    asks Hugging Face; needs HF_TOKEN
npm run example -- --endpoint URL --model ID       asks any OpenAI-compatible server

  --endpoint URL    base address of the server, such as http://127.0.0.1:8080/v1
  --model ID        name of the model, there or at Hugging Face
  --key-from NAME   environment variable that holds the server's key
  --local-web       search and pages come from demo/fixtures instead of the internet
  --broken-page URL with --local-web: this page of it fails once, to see an agent meet an error
  --record FILE     writes the run to FILE, to be replayed
  --otlp URL        sends the trace to a collector, such as a Phoenix at http://localhost:6006/v1/traces
  --help            this text

PHOENIX_API_KEY is the key for the collector, where it wants one.
NO_COLOR turns colours off.`;

/** Something is wrong with the command line; the message says what and what is allowed. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

/** Reads the words after `npm run example --`. Throws an `ArgumentError`. */
export function readArguments(words: readonly string[]): ExampleArguments {
  const { values, positionals } = parse(words);
  const { help = false, endpoint, model, record, otlp } = values;
  if (positionals.length > 1)
    throw new ArgumentError(`Put the question in quotes: got ${positionals.length} words or texts`);
  if (endpoint !== undefined && !/^https?:\/\/./.test(endpoint)) {
    throw new ArgumentError(`--endpoint is "${endpoint}", must be an address such as http://127.0.0.1:8080/v1`);
  }
  if (otlp !== undefined) checkCollector(otlp);
  if (endpoint !== undefined && !model)
    throw new ArgumentError('--endpoint needs --model ID as well: the model to ask there');
  const keyFrom = values['key-from'];
  if (keyFrom !== undefined && endpoint === undefined)
    throw new ArgumentError('--key-from needs --endpoint URL: it is the key of that server');
  const brokenPage = values['broken-page'];
  if (brokenPage !== undefined && !values['local-web'])
    throw new ArgumentError('--broken-page needs --local-web as well: it is a page of that');
  return {
    help,
    question: positionals[0],
    server: endpoint !== undefined && model ? { endpoint, model, keyFrom } : undefined,
    model,
    localWeb: values['local-web'] ?? false,
    brokenPage,
    otlp,
    record,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        endpoint: { type: 'string' },
        model: { type: 'string' },
        'key-from': { type: 'string' },
        'local-web': { type: 'boolean' },
        'broken-page': { type: 'string' },
        record: { type: 'string' },
        otlp: { type: 'string' },
      },
    });
  } catch (error) {
    const message = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new ArgumentError(
      `${message}. Allowed are --endpoint URL, --model ID, --key-from NAME, --local-web, --broken-page URL, --record FILE, --otlp URL, --help and one question in quotes`,
    );
  }
}

function checkCollector(otlp: string): void {
  if (!/^https?:\/\/./.test(otlp) || !URL.canParse(otlp))
    throw new ArgumentError(`--otlp is "${otlp}", must be an address such as http://localhost:6006/v1/traces`);
  const { username, password } = new URL(otlp);
  if (username !== '' || password !== '')
    throw new ArgumentError('--otlp holds a user name or password; a key belongs into PHOENIX_API_KEY');
}

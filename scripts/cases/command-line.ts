import type { RuntimeName } from './player';

export const USAGE = 'npm run cases -- [--runtime node|chromium|workerd] [--only ID] [--json FILE] PATH...';

export interface CommandLine {
  runtime: RuntimeName;
  only: string | undefined;
  /** File that gets the verdicts as JSON. */
  json: string | undefined;
  /** Files and folders; none stands for the project's own cases and those of `CASES`. */
  paths: string[];
}

/** Reads the arguments after the script's name. Throws an `Error` that names what is not understood. */
export function readCommandLine(words: readonly string[]): CommandLine {
  const given = new Map<string, string>();
  const paths: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (!word.startsWith('--')) {
      paths.push(word);
      continue;
    }
    const [name = '', attached] = word.slice(2).split(/=(.*)/s);
    if (!['runtime', 'only', 'json'].includes(name)) throw new Error(`unknown option --${name}; usage: ${USAGE}`);
    if (given.has(name)) throw new Error(`--${name} is given twice`);
    index += attached === undefined ? 1 : 0;
    const value = attached ?? words[index];
    if (!value) throw new Error(`--${name} needs a value; usage: ${USAGE}`);
    given.set(name, value);
  }
  return {
    runtime: runtimeName(given.get('runtime') ?? 'node'),
    only: given.get('only'),
    json: given.get('json'),
    paths,
  };
}

function runtimeName(name: string): RuntimeName {
  if (name === 'node' || name === 'chromium' || name === 'workerd') return name;
  throw new Error(`--runtime is "${name}", must be node, chromium or workerd`);
}

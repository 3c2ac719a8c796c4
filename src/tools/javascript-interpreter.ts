import { defaultExecutor } from '../executors/default-executor';
import {
  type CodeError,
  type CodeOutput,
  DEFAULT_LIMITS,
  type Executor,
  type SandboxLimits,
} from '../executors/executor';
import { MAX_LIMIT } from '../executors/sandbox-options';
import { refuseUnknownOptions, requireWholeNumber } from '../web/options';
import { checkExecutor, checkModules } from './check-sandbox';
import { cutText } from './cut-text';
import type { Tool, ToolHandle } from './tool';

export interface JavaScriptInterpreterOptions {
  /** Where the code runs; default: the sandbox that suits the runtime. */
  executor?: Executor;
  /** Modules that `import` may name, as in `SandboxOptions`. */
  modules?: Readonly<Record<string, string>>;
  /** Limits in place of the defaults that `SandboxLimits` names. */
  limits?: Partial<SandboxLimits>;
}

const MAX_VALUE_CHARACTERS = 20_000; // the last value of a code agent's step has the same limit

/** Runs JavaScript for agents that call tools: a fresh sandbox each time, with nothing in it but the language. */
export class JavaScriptInterpreterTool implements Tool<{ code: string }, string> {
  readonly name = 'javascript_interpreter';
  readonly spanName = 'JavaScriptInterpreterTool'; // a string: minifiers rename classes
  readonly description =
    'Runs JavaScript code and returns what it printed with console.log and the value of its last expression. Nothing is kept between calls.';
  readonly inputs = { code: { type: 'string', description: 'The code to run; await is allowed' } } as const;
  readonly outputType = 'string';
  readonly #options: JavaScriptInterpreterOptions;

  constructor(options: JavaScriptInterpreterOptions = {}) {
    refuseUnknownOptions('JavaScriptInterpreterTool', options, ['executor', 'modules', 'limits']);
    const { executor, modules, limits = {} } = options;
    refuseUnknownOptions('JavaScriptInterpreterTool.limits', limits, Object.keys(DEFAULT_LIMITS));
    for (const [name, value] of Object.entries(limits))
      requireWholeNumber('JavaScriptInterpreterTool', `limits.${name}`, value, 1, MAX_LIMIT);
    if (executor !== undefined) checkExecutor('JavaScriptInterpreterTool', executor);
    if (modules !== undefined) checkModules('JavaScriptInterpreterTool', modules);
    this.#options = options;
  }

  /** `Stdout:` and `Output:`, as smolagents has it. Throws what the code threw, with what it had printed before. */
  async execute({ code }: { code: string }, { signal, clock, callId }: ToolHandle): Promise<string> {
    const { executor = await defaultExecutor(), modules = {}, limits } = this.#options;
    const options = { functions: [], modules, limits: { ...DEFAULT_LIMITS, ...limits }, clock, signal };
    const sandbox = await executor.open(options);
    try {
      const call = () => Promise.reject(new Error(`call ${callId}: this sandbox has no tools`));
      const output = await sandbox.run(code, { file: 'code.js', signal, call });
      if (output.error) throw new Error(showError(output.error, output.logs));
      return `Stdout:\n${output.logs}\nOutput: ${cutText(showValue(output), MAX_VALUE_CHARACTERS)}`;
    } finally {
      await sandbox[Symbol.asyncDispose]();
    }
  }
}

function showError({ name, message, line, source }: CodeError, logs: string): string {
  const place = line === undefined ? '' : ` (line ${line}${source === undefined ? '' : `: ${source.trim()}`})`;
  return `${name}: ${message}${place}${logs === '' ? '' : `\nStdout:\n${logs}`}`;
}

/** Text as it is, other values as JSON; what JSON does not have by its own name. */
function showValue({ value }: CodeOutput): string {
  if (typeof value === 'string') return value;
  const spell = (_: string, part: unknown): unknown => {
    if (typeof part === 'bigint') return `${part}n`;
    if (part instanceof Map) return Object.fromEntries([...part].map(([key, item]) => [String(key), item]));
    if (part instanceof Set) return [...part];
    return typeof part === 'number' && !Number.isFinite(part) ? String(part) : part;
  };
  if (typeof value === 'number' || typeof value === 'bigint') return `${value}`;
  try {
    return JSON.stringify(value, spell) ?? String(value);
  } catch {
    return String(value); // it holds itself
  }
}

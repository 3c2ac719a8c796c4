import type { Tool, ToolHandle, ToolInputs, ToolType } from 'smolagents-web';
import { deepEquals, show } from '../json';
import { CaseError } from '../player';
import type { GoldenFile, ToolEntry } from './golden-file';

/** The tools of a file: each answers from `tool_outputs`, by the first entry for its arguments that is not used yet. */
export class StandIns {
  readonly #file: GoldenFile;
  readonly #unused: ToolEntry[];
  /** Calls that no entry answers. */
  readonly unknownCalls: string[] = [];

  constructor(file: GoldenFile) {
    this.#file = file;
    this.#unused = [...file.tool_outputs];
  }

  /** What is wrong with the calls that were made, all of them over. */
  problems(): string[] {
    const left = this.#unused.map(({ tool, args }) => `tool_outputs: nobody called ${tool}(${show(args)})`);
    return [...this.unknownCalls.map((call) => `tool_outputs has no entry left for ${call}`), ...left];
  }

  tool(name: string): Tool<Readonly<Record<string, unknown>>> {
    const spec = this.#file.tools[name];
    if (!spec) throw new CaseError(`tools has no ${name}`);
    const delayMs = (this.#file.tool_delays_s?.[name] ?? 0) * 1000;
    return {
      name,
      spanName: spec.span_name,
      description: spec.description,
      inputs: inputsOf(name, spec.inputs),
      outputType: toolType(name, spec.output_type),
      execute: async (args: Readonly<Record<string, unknown>>, { clock, signal }: ToolHandle) => {
        if (delayMs > 0) await clock.sleep(delayMs, signal);
        return this.#answer(name, args);
      },
    };
  }

  #answer(name: string, args: Readonly<Record<string, unknown>>): unknown {
    const index = this.#unused.findIndex((entry) => entry.tool === name && deepEquals(args, entry.args));
    const [entry] = index < 0 ? [] : this.#unused.splice(index, 1);
    if (!entry) {
      this.unknownCalls.push(`${name}(${show(args)})`);
      throw new Error('the file has no output for this call');
    }
    if (entry.throws) throw Object.assign(new Error(entry.throws.message), { name: entry.throws.name });
    return structuredClone(entry.output ?? null);
  }
}

const TOOL_TYPES = ['string', 'boolean', 'integer', 'number', 'image', 'audio', 'array', 'object', 'any', 'null'];

function toolType(tool: string, type: unknown): ToolType {
  if (isToolType(type)) return type;
  throw new CaseError(`tools: ${tool} has the type ${show(type)}`);
}

function isToolType(type: unknown): type is ToolType {
  return typeof type === 'string' && TOOL_TYPES.includes(type);
}

function inputsOf(tool: string, inputs: GoldenFile['tools'][string]['inputs']): ToolInputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { type, description, ...rest }]) => {
      const types = Array.isArray(type) ? type.map((each) => toolType(tool, each)) : toolType(tool, type);
      return [name, { type: types, description: String(description ?? ''), ...rest }];
    }),
  );
}

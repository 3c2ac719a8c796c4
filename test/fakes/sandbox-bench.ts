import { readFile } from 'node:fs/promises';
import {
  type CodeOutput,
  DEFAULT_LIMITS,
  type Executor,
  type GuestCall,
  type Sandbox,
  type SandboxLimits,
  type StepHandle,
} from '../../src/executors/executor';
import { InProcessExecutor } from '../../src/executors/in-process';
import { virtualClock } from '../../src/testing';
import { type Clock, systemClock } from '../../src/web/clock';

/** Bytes of the hardened engine, as `scripts/generate.mjs` made them. */
export const engineBytes = () =>
  readFile(new URL('../../src/executors/quickjs/quickjs-hardened.wasm', import.meta.url));

export const inProcess = new InProcessExecutor({ wasm: engineBytes });

export type TestTool = (call: GuestCall) => unknown;

export interface BenchOptions {
  tools?: Record<string, TestTool>;
  untimed?: readonly string[];
  limits?: Partial<SandboxLimits>;
  modules?: Record<string, string>;
  clock?: Clock;
  executor?: Executor;
  snapshot?: Uint8Array;
}

/** A sandbox with plain functions as tools, and steps numbered by themselves. */
export interface Bench {
  sandbox: Sandbox;
  /** Every call made, in order. */
  calls: GuestCall[];
  prints: string[];
  run(code: string, signal?: AbortSignal): Promise<CodeOutput>;
  resume(): Promise<CodeOutput>;
}

/**
 * A tool that passes all of a step's time on its clock but 0.3 seconds. A loop behind it is stopped soon, while nothing before
 * it, and no other step, comes near the limit: real time counts as well, and a busy machine takes some for nothing.
 */
export function napping() {
  const clock = virtualClock();
  return { clock, nap: () => clock.sleep(DEFAULT_LIMITS.timeoutMs - 300) };
}

export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const {
    tools = {},
    untimed = [],
    limits = {},
    modules = {},
    clock = systemClock,
    executor = inProcess,
    snapshot,
  } = options;
  const functions = Object.keys(tools).map((name) => ({ name, untimed: untimed.includes(name) }));
  const sandbox = await executor.open({
    functions,
    modules,
    limits: { ...DEFAULT_LIMITS, ...limits },
    clock,
    ...(snapshot && { snapshot }),
  });
  return benchOf(sandbox, tools);
}

export function benchOf(sandbox: Sandbox, tools: Record<string, TestTool>): Bench {
  const calls: GuestCall[] = [];
  const prints: string[] = [];
  let number = 0;
  const handle = (signal = new AbortController().signal): StepHandle => ({
    file: `step_${++number}.js`,
    signal,
    onPrint: (text) => prints.push(text),
    call: async (call) => {
      calls.push(call);
      return tools[call.name]?.(call);
    },
  });
  return {
    sandbox,
    calls,
    prints,
    run: (code, signal) => sandbox.run(code, handle(signal)),
    resume: () => sandbox.resume(handle()),
  };
}

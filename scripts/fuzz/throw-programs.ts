import { type CodeOutput, defaultExecutor, type GuestCall, type Sandbox } from 'smolagents-web';
import { DEFAULT_LIMITS } from '../../src/executors/executor';
import { systemClock } from '../../src/web/clock';
import { deepEquals } from '../cases/json';
import { watchHost } from '../cases/sandbox-attacks/host';
import { CANARY } from '../cases/sandbox-attacks/tools';
import { type Program, randomProgram } from './programs';
import { Random } from './random';

export interface FuzzOptions {
  seed: number;
  /** Ends after so many programs, or so many milliseconds. */
  programs?: number;
  durationMs?: number;
}

export interface FuzzReport {
  programs: number;
  /** How the steps ended, by kind. */
  ends: Readonly<Record<string, number>>;
  /** Probes that arrived: programs which the fuzz did not end before. */
  probes: number;
  /** Longest time of one step, in milliseconds. */
  longestMs: number;
  /** Each with the seed and the number of its program, which make it again. */
  problems: readonly string[];
}

const LIMITS = { ...DEFAULT_LIMITS, timeoutMs: 150, maxCalls: 50 };
/** Steps that one sandbox is used for: what a program did to it, the next one finds. */
const STEPS = 8;
const MAX_PROBLEMS = 20;

/** Throws programs at the bridge of this runtime's own sandbox, and says what a program must not be able to do. */
export async function throwPrograms({
  seed,
  programs = Infinity,
  durationMs = Infinity,
}: FuzzOptions): Promise<FuzzReport> {
  const fuzz = new Fuzz(seed);
  const untilMs = performance.now() + durationMs;
  const { touched } = await watchHost(async () => {
    while (fuzz.count < programs && performance.now() < untilMs && fuzz.problems.length < MAX_PROBLEMS)
      await fuzz.round();
  });
  for (const one of touched) fuzz.problems.push(`seed ${seed}: the host: ${one}`);
  const { count, ends, probes, longestMs, problems } = fuzz;
  return { programs: count, ends: Object.fromEntries(ends), probes, longestMs: Math.round(longestMs), problems };
}

class Fuzz {
  readonly problems: string[] = [];
  readonly ends = new Map<string, number>();
  count = 0;
  probes = 0;
  longestMs = 0;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Some programs in one sandbox, then a look at a fresh one. */
  async round(): Promise<void> {
    await this.#inSandbox(async (sandbox) => {
      for (let step = 0; step < STEPS; step++) await this.#step(sandbox);
    });
    await this.#inSandbox(async (sandbox) => {
      const { answer } = await sandbox.run(
        'final_answer(1 + await add(1, 1))',
        this.#handle(() => {}),
      );
      if (answer?.value !== 3) this.#tell(`a fresh sandbox answered ${String(answer?.value)}`);
    });
  }

  async #inSandbox(work: (sandbox: Sandbox) => Promise<void>): Promise<void> {
    const functions = ['echo', 'add', 'fail', 'user'].map((name) => ({ name, untimed: false }));
    const executor = await defaultExecutor();
    await using sandbox = await executor.open({ functions, modules: {}, limits: LIMITS, clock: systemClock });
    await work(sandbox);
  }

  async #step(sandbox: Sandbox): Promise<void> {
    this.count += 1;
    const program = randomProgram(new Random(this.#seed * 1_000_003 + this.count), `probe ${this.count}`);
    const startedMs = performance.now();
    try {
      const output = await sandbox.run(
        program.code,
        this.#handle((call) => this.#called(call, program)),
      );
      this.#ended(output, program);
    } catch (error) {
      this.#tell(`the step rejected: ${String(error)}`);
    }
    this.longestMs = Math.max(this.longestMs, performance.now() - startedMs);
  }

  #handle(onCall: (call: GuestCall) => void) {
    return {
      file: `step_${this.count}.js`,
      signal: new AbortController().signal,
      call: async (call: GuestCall) => {
        onCall(call);
        return act(call);
      },
    };
  }

  #called({ name, args }: GuestCall, { probe }: Program): void {
    if (holdsFunction(args)) this.#tell(`a function of the guest reached ${name}`);
    const [given] = args;
    if (name !== 'echo' || !isMarked(given, probe)) return;
    this.probes += 1;
    if (!deepEquals(given, { value: probe })) this.#tell(`the probe arrived as ${JSON.stringify(given)}`);
  }

  #ended({ answer, error, logs, value }: CodeOutput, { probe }: Program): void {
    const end = answer ? 'answer' : (error?.kind ?? 'none');
    this.ends.set(end, (this.ends.get(end) ?? 0) + 1);
    if (answer && error) this.#tell('an answer and an error at once');
    if (answer && isMarked({ value: answer.value }, probe) && !deepEquals(answer.value, probe))
      this.#tell(`the probe came back as ${JSON.stringify(answer.value)}`);
    if (holdsFunction([answer, value])) this.#tell('a function of the guest came out');
    if (JSON.stringify([logs, error]).includes(CANARY)) this.#tell('the canary came out');
  }

  #tell(problem: string): void {
    this.problems.push(`seed ${this.#seed}, program ${this.count}: ${problem}`);
  }
}

function act({ name, args }: GuestCall): unknown {
  if (name === 'add') return Number(args[0]) + Number(args[1]);
  if (name === 'user') return { name: 'Ada', roles: ['user'] };
  if (name === 'fail') throw Object.assign(new Error('tool failed'), { secret: CANARY });
  const [given] = args;
  return typeof given === 'object' && given !== null && 'value' in given ? given.value : given;
}

function isMarked(given: unknown, probe: unknown): boolean {
  const value = typeof given === 'object' && given !== null && 'value' in given ? given.value : undefined;
  const mark = (one: unknown) => (typeof one === 'object' && one !== null && 'mark' in one ? one.mark : undefined);
  return mark(value) !== undefined && mark(value) === mark(probe);
}

function holdsFunction(value: unknown, seen = new Set<unknown>()): boolean {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value)) return false;
  seen.add(value);
  const parts = value instanceof Map || value instanceof Set ? [...value] : Object.values(value);
  return parts.some((part) => holdsFunction(part, seen));
}

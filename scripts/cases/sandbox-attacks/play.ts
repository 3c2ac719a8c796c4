import { type AnyTool, CodeAgent, defaultExecutor, type RunResult } from 'smolagents-web';
import { code, collectEvents, scriptedModel } from 'smolagents-web/testing';
import { CaseError } from '../player';
import type { AttackOutcome, AttackRun } from './case';
import { watchHost } from './host';
import { hostTools } from './tools';
import { type WatchedStep, watchedExecutor } from './watched-executor';

const TIMEOUT_MS = 1_000;
const LIMITS = {
  memoryBytes: 33_554_432,
  crossCharacters: 1_048_576,
  maxCalls: 100,
  maxPrintCharacters: 65_536,
  maxErrorCharacters: 16_384,
};
const GOES_ON = 'the run goes on';

/** What came of one step of code. */
export interface PlayedRun {
  outcome: AttackOutcome;
  /** The answer, where the outcome is `value`. */
  answer?: unknown;
  error: string;
  logs: string;
  /** How often each tool of the host ran. */
  calls: ReadonlyMap<string, number>;
  wallMs: number;
  /** What was done to the host. */
  touched: readonly string[];
  /** What must be so after every case and is not: the run goes on, the next sandbox works. */
  problems: readonly string[];
}

/** Plays one step of code as the first one of a code agent whose model then ends the run, and runs a fresh sandbox after it. */
export async function play(run: AttackRun, realTimeFactor: number): Promise<PlayedRun> {
  const { code: attack, expect = {} } = run;
  if (attack === undefined) throw new CaseError('a case needs code');
  const calls = new Map<string, number>();
  const onCall = (name: string) => calls.set(name, (calls.get(name) ?? 0) + 1);
  const timeoutMs = Math.ceil(TIMEOUT_MS * (expect.outcome?.includes('timeout') ? 1 : realTimeFactor));
  const steps: WatchedStep[] = [];
  const { result: ended, touched } = await watchHost(async () => {
    const tools = hostTools(onCall, expect.hostCallsMax);
    const agent = await attacked(attack, timeoutMs, tools, (step) => steps.push(step));
    return collectEvents(agent.stream('Be attacked.'));
  });
  const [first] = steps;
  if (!first || !ended.result) throw new CaseError(`the code was not run: ${String(ended.error)}`);
  const seen = stepOf(ended.result, first);
  return {
    ...seen,
    calls,
    touched: [...touched, ...leaks(attack, [ended.events, ended.result.output, seen.logs, seen.error])],
    problems: [...goesOn(seen.outcome, ended.result), ...(await afterwards())],
  };
}

/** An agent whose first step is the attack. */
async function attacked(
  attack: string,
  timeoutMs: number,
  tools: readonly AnyTool[],
  onStep: (step: WatchedStep) => void,
): Promise<CodeAgent> {
  return new CodeAgent({
    model: scriptedModel(code(attack), code(`final_answer('${GOES_ON}')`)),
    tools,
    executor: watchedExecutor(await defaultExecutor(), LIMITS, onStep),
    stepTimeoutMs: timeoutMs,
    maxPrintOutputsLength: LIMITS.maxPrintCharacters,
    maxSteps: 2,
  });
}

function stepOf({ memory }: RunResult, { output, wallMs }: WatchedStep) {
  const step = memory.steps.find((one) => one.type === 'action');
  if (step?.type !== 'action') throw new CaseError('the run has no step');
  const error = step.error?.message ?? '';
  const { logs } = output;
  if ('finalAnswer' in step) return { outcome: 'value' as const, answer: step.finalAnswer, error, logs, wallMs };
  return { outcome: outcomeOf(output.error?.kind, error !== ''), error, logs, wallMs };
}

function outcomeOf(kind: string | undefined, hasFailed: boolean): AttackOutcome {
  if (kind === 'timeout') return 'timeout';
  if (kind === 'out_of_memory') return 'oom';
  return hasFailed ? 'error' : 'none';
}

/** Whatever the code did, the same sandbox takes the next step. */
function goesOn(outcome: AttackOutcome, { output, state }: RunResult): string[] {
  if (outcome === 'value' || (output === GOES_ON && state === 'success')) return [];
  return [`after the step the run came to ${state} ${String(output)}`];
}

/** A fresh sandbox works. */
async function afterwards(): Promise<string[]> {
  const agent = new CodeAgent({ model: scriptedModel(code('final_answer(1 + 1)')), maxSteps: 1 });
  const answer = await agent.run('Answer.');
  return answer === 2 ? [] : [`a fresh sandbox came to ${String(answer)} for 1 + 1`];
}

/** Texts, at any depth, that hold the canary although the code itself, or a line of it, is taken out of them. */
function leaks(attack: string, values: readonly unknown[]): string[] {
  const own = [attack, ...attack.split('\n').map((line) => line.trim())].filter((text) => text.includes('canary'));
  const found: string[] = [];
  const seen = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (seen.has(value) || ArrayBuffer.isView(value)) return;
    seen.add(value);
    if (typeof value === 'string') {
      const rest = own.reduce((text, part) => text.replaceAll(part, ''), value);
      if (rest.includes('canary')) found.push(`the canary is in ${JSON.stringify(rest.slice(0, 200))}`);
    } else if (value instanceof Map || value instanceof Set) visit([...value]);
    else if (value instanceof Error) visit([value.message, value.stack, value.cause, { ...value }]);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit(values);
  return found;
}

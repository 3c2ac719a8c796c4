import { AgentError, type AgentEvent, type AgentRun, type RunOptions, type RunResult } from 'smolagents-web';
import { collectEvents, servePages, type VirtualClock, virtualClock } from 'smolagents-web/testing';
import { CaseError } from '../player';
import type { ConformanceCase, RunCase } from './case';
import { eventWord } from './event-words';
import { picture } from './picture';
import { type Member, team } from './team';
import type { ToolRun } from './tools';

/** One run of a case, over. */
export interface PlayedRun {
  /** Whole also when the run threw an `AgentError`. */
  result: RunResult | undefined;
  /** What the run threw. */
  error: unknown;
  threw: boolean;
  /** Empty where the run was not read as a stream. */
  events: readonly AgentEvent[];
  streamed: boolean;
  toolRuns: readonly ToolRun[];
  virtualMs: number;
  realMs: number;
}

/** All that expectations look at. */
export interface Played {
  top: Member;
  runs: readonly PlayedRun[];
  last: PlayedRun;
}

/** Plays the runs of a case, one after the other, on one agent and one virtual clock. */
export async function play(conformanceCase: ConformanceCase): Promise<Played> {
  const toolRuns: ToolRun[] = [];
  const top = team(conformanceCase, (run) => toolRuns.push(run));
  const clock = virtualClock(Date.UTC(2025, 0, 1));
  const runs: PlayedRun[] = [];
  for (const run of runCases(conformanceCase)) {
    const before = toolRuns.length;
    const startMs = clock.now();
    const realStartMs = performance.now();
    const ended = await playRun(run, top, clock);
    const spent = { virtualMs: clock.now() - startMs, realMs: performance.now() - realStartMs };
    runs.push({ ...ended, ...spent, toolRuns: toolRuns.slice(before) });
  }
  const last = runs.at(-1);
  if (!last) throw new CaseError('`runs` is empty');
  return { top, runs, last };
}

function runCases({ task, runs }: ConformanceCase): readonly RunCase[] {
  if (runs) return runs;
  if (task === undefined) throw new CaseError('a case needs `task` or `runs`');
  return [{ task }];
}

type EndedRun = Pick<PlayedRun, 'result' | 'error' | 'threw' | 'events' | 'streamed'>;

async function playRun(run: RunCase, { agent, agentClass }: Member, clock: VirtualClock): Promise<EndedRun> {
  const options: RunOptions = {
    clock,
    fetch: servePages({}), // a case that reaches for the network is refused by name
    ...(run.reset !== undefined && { reset: run.reset }),
    ...(run.max_steps !== undefined && { maxSteps: run.max_steps }),
    ...(run.additional_args && { additionalArgs: run.additional_args }),
    ...(run.images !== undefined && { images: Array.from({ length: run.images }, () => picture(1, 1)) }),
  };
  if (run.stream || run.interrupt_after !== undefined) {
    const stream = agent.stream(run.task, options);
    const { events, result, error } = await collectEvents(stream, interrupter(stream, run.interrupt_after, agentClass));
    return { ...ended(result, error, result === undefined), events, streamed: true };
  }
  try {
    const result = await agent.run(run.task, { ...options, returnFullResult: true });
    return { ...ended(result, undefined, false), events: [], streamed: false };
  } catch (error) {
    return { ...ended(undefined, error, true), events: [], streamed: false };
  }
}

function ended(result: RunResult | undefined, error: unknown, threw: boolean) {
  const carried = error instanceof AgentError ? error.result : undefined;
  return { result: result ?? (isRunResult(carried) ? carried : undefined), error, threw };
}

function interrupter(
  run: AgentRun,
  after: number | undefined,
  agentClass: Member['agentClass'],
): (event: AgentEvent) => void {
  let words = 0;
  let runId: string | undefined;
  return (event) => {
    runId ??= event.runId; // the first event is the run's own `run-start`
    if (eventWord(event, runId, agentClass) === undefined) return;
    words += 1;
    if (words === after) run.abort('interrupted');
  };
}

function isRunResult(value: unknown): value is RunResult {
  return typeof value === 'object' && value !== null && 'state' in value && 'memory' in value;
}

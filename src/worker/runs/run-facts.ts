import type { AgentEvent, RunState } from '../../agents/agent';
import type { WaitingCall } from '../../agents/calls/human';
import type { ErrorRecord } from '../../memory/step';
import { addUsage } from '../../memory/usage';
import type { TokenUsage } from '../../models/model';

/** What `GET /runs/:id` tells. Times are milliseconds since the epoch. */
export interface RunFacts {
  runId: string;
  agent: string;
  task: string;
  state: RunState | 'running';
  /** Action steps that have ended, without those of managed agents and the last word. */
  steps: number;
  startedMs: number;
  endedMs?: number;
  output?: unknown;
  /** Of the steps that have ended, managed agents included. */
  usage: TokenUsage;
  traceId?: string;
  error?: ErrorRecord;
  /** The calls that wait for a human. */
  waiting?: readonly WaitingCall[];
}

/** Facts that visitors are not told. */
export interface HiddenFacts {
  owner: string;
  /** How often in a row the run was gone on with where its log had so many entries. */
  revived?: { entries: number; times: number };
}

export type KnownFacts = RunFacts & HiddenFacts;

/** What is known of the run after this event. */
export function factsAfter(event: AgentEvent, facts: KnownFacts, nowMs: number): KnownFacts {
  const isOwn = event.path.length <= 1;
  if (event.type === 'step' && isOwn) {
    const usage = addUsage(addUsage(facts.usage, event.step.usage), event.step.managedUsage);
    return { ...facts, usage, steps: facts.steps + (event.step.error?.code === 'max_steps' ? 0 : 1) };
  }
  if (event.type === 'plan' && isOwn) return { ...facts, usage: addUsage(facts.usage, event.plan.usage) };
  if (event.type === 'final-answer' && isOwn) return { ...facts, output: event.output };
  if (event.type === 'waiting' && isOwn) return { ...facts, waiting: event.calls };
  if (event.type === 'run-end') {
    const { waiting, ...rest } = facts;
    const ended = { ...rest, state: event.state, endedMs: nowMs, ...(event.error && { error: event.error }) };
    return event.state === 'waiting' && waiting ? { ...ended, waiting } : ended;
  }
  return facts;
}

/** Without what is for the worker alone. */
export function publicFacts({ owner: _, revived: _revived, ...facts }: KnownFacts): RunFacts {
  return facts;
}

import type { AgentEvent } from '../../agents/agent';
import type { LogEntry } from '../../agents/saved/log-entry';
import type { RunLog } from './run-log';

/** Events that a run which is gone on with tells again, of the step that it is in. */
const TOLD_AGAIN: readonly AgentEvent['type'][] = [
  'run-start',
  'tool-call',
  'tool-result',
  'code-output',
  'final-answer',
  'waiting',
];
/** Those of them that a run tells anew where it goes on after it had ended. */
const OF_ONE_LIFE: readonly string[] = ['run-start', 'final-answer', 'waiting'];

/** What readers know of one run, the outermost or a managed agent's. */
interface Told {
  path: readonly string[];
  /** Since its last step, by what tells them apart. */
  keys: Map<string, AgentEvent['type']>;
  lastStep: number;
  /** The step whose reply is there: its calls are told. */
  repliedStep: number;
  isPlanned: boolean;
  /** Text of a reply that may never have been finished. */
  open: AgentEvent | undefined;
}

const NOTHING = { lastStep: 0, repliedStep: 0, isPlanned: false, open: undefined };

/** What readers were told of a run before it was cut off, so that nothing is told twice and nothing left out. */
export class Retelling {
  readonly #log: RunLog;
  readonly #runs = new Map<string, Told>();

  constructor(log: RunLog) {
    this.#log = log;
    for (const { event } of log.events()) this.#learn(event);
  }

  /** Whether readers have this event; each is found once. A managed agent elsewhere is read again from before its last step. */
  has(event: AgentEvent): boolean {
    const told = this.#runs.get(event.runId);
    const step = event.type === 'step' ? event.step.number : 'step' in event ? event.step : undefined;
    const isPiece = event.type === 'text' || event.type === 'reasoning';
    if (told && step !== undefined && step <= (isPiece ? Math.max(told.lastStep, told.repliedStep) : told.lastStep))
      return true;
    if (event.type === 'plan') return told?.isPlanned === true;
    if (!TOLD_AGAIN.includes(event.type)) return false;
    return told?.keys.delete(this.#keyOf(event)) ?? false;
  }

  /**
   * What readers are to be told before the run goes on: the step or plan that was written down last, where they do not have
   * it, and that text of a reply which was never finished is void.
   */
  missing(entries: readonly LogEntry[], runId: string): AgentEvent[] {
    const last = entries.at(-1);
    const untold = last && this.#untold(last, entries, runId);
    if (untold) this.#learn(untold);
    const voided = [...this.#runs].flatMap(([id, { open }]): AgentEvent[] => {
      if (!open || hasReply(entries, id, runId)) return [];
      const { path, ...about } = open;
      const step = 'step' in about && typeof about.step === 'number' ? { step: about.step } : {};
      return [{ type: 'retry', attempt: 1, reason: 'The worker was stopped', delayMs: 0, path, runId: id, ...step }];
    });
    return [...(untold ? [untold] : []), ...voided];
  }

  #learn(event: AgentEvent): void {
    const { runId, path, type } = event;
    const told = this.#runs.get(runId) ?? { path, keys: new Map(), ...NOTHING };
    this.#runs.set(runId, told);
    told.open = type === 'text' || type === 'reasoning' ? event : undefined;
    if (type === 'tool-call') told.repliedStep = event.step ?? 0;
    if (type === 'plan') told.isPlanned = true;
    if (type === 'step') {
      told.lastStep = event.step.number;
      told.isPlanned = false;
      for (const [key, kind] of told.keys) if (kind !== 'run-start') told.keys.delete(key);
    }
    if (TOLD_AGAIN.includes(type)) told.keys.set(this.#keyOf(event), type);
    if (type !== 'run-end') return;
    for (const { keys } of this.#runs.values())
      for (const [key, kind] of keys) if (OF_ONE_LIFE.includes(kind)) keys.delete(key);
  }

  /** A result by its call, since what it says may be worded anew; anything else by all of it. */
  #keyOf(event: AgentEvent): string {
    return event.type === 'tool-result' ? `result of ${event.call.id}` : this.#log.textOf(event);
  }

  #untold(last: LogEntry, entries: readonly LogEntry[], outermost: string): AgentEvent | undefined {
    if (last.type !== 'step' && last.type !== 'plan') return undefined;
    const runId = [outermost, ...last.within].join('/');
    const told = this.#runs.get(runId);
    const isTold = last.type === 'step' ? told?.lastStep === last.number : told?.isPlanned;
    if (isTold) return undefined;
    const path = told?.path ?? [...(this.#runs.get(outermost)?.path ?? []), ...namesOf(last.within, entries)];
    const about = { path, runId };
    return last.type === 'step'
      ? { type: 'step', step: last.step, ...about }
      : { type: 'plan', plan: last.step, ...about };
  }
}

/** Names of the managed agents that these calls lead to. */
function namesOf(within: readonly string[], entries: readonly LogEntry[]): string[] {
  return within.map((id, depth) => {
    const caller = within.slice(0, depth).join('/');
    const entry = entries.find(
      (each) => each.type === 'call' && each.within.join('/') === caller && each.call.id === id,
    );
    return entry?.type === 'call' ? entry.call.name : '';
  });
}

/** Whether the reply is there that the run's next step begins with. */
function hasReply(entries: readonly LogEntry[], runId: string, outermost: string): boolean {
  const last = entries.findLast(({ within }) => [outermost, ...within].join('/') === runId);
  return last !== undefined && !['begin', 'plan', 'step', 'remote'].includes(last.type);
}

import type { AgentError } from '../../errors';
import type { ActionStep, ErrorRecord, MemoryStep, PlanningStep } from '../../memory/step';
import { addUsage, NO_TOKENS } from '../../memory/usage';
import type { TokenUsage } from '../../models/model';
import type { AgentEvent, RunState } from '../agent';
import type { WaitingCall } from '../calls/human';
import type { Spent } from '../runs/budget';
import { errorLike } from '../runs/error-like';

/** What the events of a run have told so far. */
export class ToldRun {
  /** What a local run would have in memory, the messages of each model call left out. */
  readonly steps: MemoryStep[];
  output: unknown;
  /** Undefined until the run has ended. */
  state: RunState | undefined;
  error: ErrorRecord | undefined;
  waiting: readonly WaitingCall[] = [];
  readonly spent: Omit<Spent, 'durationMs'> = { tokens: 0, steps: 0, toolCalls: 0 };
  #hasTask: boolean;

  /** `before` ends with the run's task where the run is a branch of another one, which had it. */
  constructor(before: readonly MemoryStep[], { hasTask }: { hasTask: boolean }) {
    this.steps = [...before];
    this.#hasTask = hasTask;
  }

  /** Gives what the event says was spent: by which model is not told. */
  take(event: AgentEvent): TokenUsage | undefined {
    const isOwn = event.path.length <= 1;
    const counted = countedAs(event);
    if (counted) this.spent[counted] += 1;
    if (isOwn && event.type === 'final-answer') this.output = event.output;
    if (isOwn && event.type === 'waiting') this.waiting = event.calls;
    if (event.type === 'run-start' && !this.#hasTask) {
      this.steps.push({ type: 'task', task: event.task });
      this.#hasTask = true;
    }
    if (event.type === 'run-start') this.state = undefined; // one that was answered goes on
    if (event.type === 'run-end') this.#end(event.state, event.error);
    if (event.type === 'step') return this.#keep(event.step, isOwn);
    return event.type === 'plan' ? this.#keep(event.plan, isOwn) : undefined;
  }

  /** What the run failed with; undefined where it did not. */
  get failure(): AgentError | undefined {
    return this.error && errorLike(this.error, { cause: undefined });
  }

  #keep(step: ActionStep | PlanningStep, isOwn: boolean): TokenUsage | undefined {
    if (isOwn) this.steps.push(step);
    const { inputTokens, outputTokens } = addUsage(NO_TOKENS, step.usage);
    this.spent.tokens += inputTokens + outputTokens;
    return step.usage;
  }

  #end(state: RunState, error: ErrorRecord | undefined): void {
    this.state = state;
    this.error = error;
    if (state !== 'waiting') this.waiting = [];
  }
}

/** Calls that no budget counts. */
const NO_TOOLS = ['final_answer', 'javascript_interpreter'];

/** What the event counts as in a budget; the last word is no step. */
export function countedAs(event: AgentEvent): 'steps' | 'toolCalls' | undefined {
  if (event.type === 'step' && event.step.error?.code !== 'max_steps') return 'steps';
  return event.type === 'tool-call' && !NO_TOOLS.includes(event.call.name) ? 'toolCalls' : undefined;
}

/** The steps before a step of the task that was worked on last, with that task, or another in its place. */
export function stepsBefore(steps: readonly MemoryStep[], number: number, task: string | undefined): MemoryStep[] {
  const begin = steps.findLastIndex(({ type }) => type === 'task');
  const end = steps.findIndex((step, index) => index > begin && step.type === 'action' && step.number >= number);
  const kept = steps.slice(0, end < 0 ? steps.length : end);
  return task === undefined ? kept : kept.map((step, index) => (index === begin ? { type: 'task', task } : step));
}

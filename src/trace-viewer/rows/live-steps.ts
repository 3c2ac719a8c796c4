import type { AgentEvent } from '../../agents/agent';
import type { ActionStep } from '../../memory/step';
import type { EventRow, LiveRows } from './live-rows';
import { freshBelow } from './live-times';

/**
 * The rows of steps and of the model calls in them. No event tells that a step begins, but what came before it does: its rows are
 * there from then on, and are taken back where something else comes.
 */
export class LiveSteps {
  readonly #rows: LiveRows;
  readonly #modelId: string;
  /** Steps of which nothing was heard yet, by their agents. */
  readonly #expected = new Map<EventRow, { row: EventRow; number: number }>();

  constructor(rows: LiveRows, modelId: string) {
    this.#rows = rows;
    this.#modelId = modelId;
  }

  /** Begins where what the agent did before ended: its steps come one after the other. */
  step(agent: EventRow, number: number, atMs: number): EventRow {
    const id = idOf(agent, number);
    const name = `Step ${number}`;
    return this.#rows.get(id) ?? this.#rows.open(id, 'step', { name, subject: name, ...freshBelow(agent, atMs) });
  }

  /** The model call under way in a step, or without a step that which makes a plan. */
  model(agent: EventRow, number: number | undefined, atMs: number): EventRow {
    const parent = number === undefined ? agent : this.step(agent, number, atMs);
    const kind = number === undefined ? 'plan' : 'model';
    const last = parent.children.findLast((child) => child.kind === kind);
    const known = last && (kind === 'model' || last.state === 'running') ? this.#rows.get(last.id) : undefined;
    const id = `${parent.id}#${kind}${parent.children.length}`;
    const [name, subject] = [this.#modelId, this.#modelId];
    return known ?? this.#rows.open(id, kind, { name, subject, ...freshBelow(parent, atMs) });
  }

  /** The agent begins its next step now, if nothing else comes. */
  expect(agent: EventRow, atMs: number): void {
    const last = agent.children.findLast(({ kind }) => kind === 'step');
    if (last?.state === 'running') return; // of a run that goes on in it
    const number = (last?.step ?? 0) + 1;
    if (this.#rows.get(idOf(agent, number))) return; // events out of order
    this.model(agent, number, atMs);
    this.#expected.set(agent, { row: this.step(agent, number, atMs), number });
  }

  /** An event of the agent: of the step that was expected, or not. */
  meet(agent: EventRow, event: AgentEvent): void {
    const expected = this.#expected.get(agent);
    const number = event.type === 'step' ? event.step.number : event.step;
    if (expected?.number === number && !(event.type === 'step' && isCutOff(event.step))) this.#expected.delete(agent);
    else this.#takeBack(agent);
  }

  /** Nothing more comes of this agent and of those below it; without one, of all. */
  end(agent?: EventRow): void {
    for (const each of [...this.#expected.keys()])
      if (!agent || each === agent || each.id.startsWith(`${agent.id}/`)) this.#takeBack(each);
  }

  #takeBack(agent: EventRow): void {
    const { row } = this.#expected.get(agent) ?? {};
    this.#expected.delete(agent);
    if (row) this.#rows.takeBack(row);
  }
}

/** Whether the run went on to another step, as far as this one tells. */
export function isFollowed(step: ActionStep): boolean {
  const { code, kind } = step.error ?? {};
  const isFatal = code === 'generation' || code === 'max_steps' || (code === 'agent' && kind !== undefined);
  return !isFatal && !('finalAnswer' in step);
}

/** Whether the run's budget ended before the step came to anything. */
export function isCutOff({ error, text, usage }: ActionStep): boolean {
  return error?.kind === 'budget' && !text && !usage;
}

function idOf(agent: EventRow, number: number): string {
  return `${agent.id}#${number}`;
}

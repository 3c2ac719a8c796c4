import type { AgentEvent } from '../agents/agent';
import { succinctEvent } from '../agents/succinct-event';
import { toJson } from '../executors/codec';
import { cut } from '../executors/show';

const MAX_SHOWN = 300; // characters of an event, in the message of a departure

/**
 * The events of a replay in their recorded order: those of agents and calls that work at once come as they were told then, however
 * fast each is now. From the first one on that is not recorded they come as they are.
 */
export class RecordedOrder {
  readonly #recorded: readonly AgentEvent[];
  readonly #keys: readonly string[];
  #next = 0;
  /** That have come before their turn. */
  #early: { event: AgentEvent; key: string }[] = [];
  #isOther = false;
  /** The first event that is not as it was recorded, told. */
  change: string | undefined;

  constructor(recorded: readonly AgentEvent[]) {
    this.#recorded = recorded;
    this.#keys = recorded.map(keyOf);
  }

  /** Those that may be told, now that this one is there. */
  *after(event: AgentEvent): Generator<AgentEvent, void> {
    const key = keyOf(event);
    this.#early.push({ event, key });
    if (!this.#isOther && !this.#keys.includes(key, this.#next)) {
      this.#isOther = true;
      this.change ??= told(this.#next, event, undefined);
    }
    for (;;) {
      const turn = this.#isOther ? 0 : this.#early.findIndex((early) => early.key === this.#keys[this.#next]);
      const [early] = turn < 0 ? [] : this.#early.splice(turn, 1);
      if (!early) return;
      if (!this.#isOther) this.#compare(early.event);
      this.#next += 1;
      yield early.event;
    }
  }

  /** Those whose turn did not come. */
  rest(): AgentEvent[] {
    const left = this.#early.splice(0).map(({ event }) => event);
    const [first] = left;
    if (first) this.change ??= told(this.#next, first, this.#recorded[this.#next]);
    const missing = this.#recorded[this.#next + left.length];
    if (missing && !this.#isOther) this.change ??= told(this.#next, undefined, missing);
    return left;
  }

  #compare(event: AgentEvent): void {
    const recorded = this.#recorded[this.#next];
    if (textOf(event) !== textOf(recorded)) this.change ??= told(this.#next, event, recorded);
  }
}

/** What tells an event from those that may come before or behind it. */
function keyOf(event: AgentEvent): string {
  const step = 'step' in event && typeof event.step === 'number' ? event.step : '';
  const call = 'call' in event ? event.call.id : '';
  return JSON.stringify([event.runId, event.type, step, call]);
}

function textOf(event: AgentEvent | undefined): string {
  return event ? JSON.stringify(toJson(succinctEvent(event))) : 'none';
}

function told(index: number, event: AgentEvent | undefined, recorded: AgentEvent | undefined): string {
  const [now, before] = [textOf(event), textOf(recorded)];
  const start = differsAt(now, before);
  return `event ${index + 1} is ${excerpt(now, start)}, recorded as ${excerpt(before, start)}`;
}

/** Where two texts begin to differ. */
function differsAt(left: string, right: string): number {
  let index = 0;
  while (index < left.length && left[index] === right[index]) index += 1;
  return index;
}

function excerpt(text: string, at: number): string {
  const start = Math.max(0, at - MAX_SHOWN / 2);
  return start === 0 ? cut(text, MAX_SHOWN) : `...${cut(text.slice(start), MAX_SHOWN)}`;
}

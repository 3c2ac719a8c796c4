import type { AgentEvent } from '../../agents/agent';
import type { Secrets } from './secrets';

type TextEvent = Extract<AgentEvent, { type: 'text' | 'reasoning' }>;

/** Streamed text comes in pieces: what may be the beginning of a secret is held back until more has come. */
export class Withheld {
  readonly #secrets: Secrets;
  /** By run: managed agents may talk at once. */
  readonly #held = new Map<string, TextEvent>();

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  /** The events that may be told now that this one has come, in their order. */
  release(event: AgentEvent): AgentEvent[] {
    const { runId, type } = event;
    const before =
      type === 'run-end' ? [...this.#held.values()] : [this.#held.get(runId)].flatMap((held) => held ?? []);
    for (const held of before) this.#held.delete(held.runId);
    if (type === 'retry') return [event]; // text before it is void
    if (type !== 'text' && type !== 'reasoning') return [...before, event];
    const [prior] = before;
    const isSame = prior?.type === type;
    const text = this.#secrets.fromText((isSame ? prior.text : '') + event.text);
    const told = text.slice(0, text.length - this.#secrets.begunAtEnd(text));
    if (told !== text) this.#held.set(runId, { ...event, text: text.slice(told.length) });
    return [...(prior && !isSame ? [prior] : []), ...(told === '' ? [] : [{ ...event, text: told }])];
  }
}

import type { ToolCall } from '../../models/model';
import type { WaitingCall } from './human';

/** Calls of a code step that do not settle by themselves, and the moment when nothing else is under way. */
export class HeldCalls {
  /** Called when the code is at rest and waits for held calls alone. */
  onIdle: () => void = () => {};
  /** By the guest's id: what lets it go on, of a call that only waits for its turn. */
  readonly #turns = new Map<string, { isTurn(): boolean; go(): void }>();
  readonly #humans = new Map<string, { call: ToolCall; waiting: readonly WaitingCall[] }>();
  #resting: readonly string[] = [];

  /** The code has come to rest and waits for these calls. */
  rest(ids: readonly string[]): void {
    this.#resting = ids;
    this.look();
  }

  /** Resolves when `isTurn`, looked at whenever something changed, or when nothing else is left to do. */
  untilIdle(id: string, isTurn: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#turns.set(id, { isTurn, go: resolve });
      this.look();
    });
  }

  /** Never resolves: the step ends before. */
  forHuman(id: string, call: ToolCall, waiting: readonly WaitingCall[]): Promise<never> {
    this.#humans.set(id, { call, waiting });
    this.look();
    return new Promise(() => {});
  }

  /** The code's calls that wait for a human, in the order in which they were made, and what humans are asked for them. */
  forHumans(): { held: ToolCall[]; calls: WaitingCall[] } {
    const held = this.#resting.flatMap((id) => this.#humans.get(id) ?? []);
    return { held: held.map(({ call }) => call), calls: held.flatMap(({ waiting }) => waiting) };
  }

  /** Lets all calls go on that waited for their turn; whether there was one. */
  release(): boolean {
    const turns = [...this.#turns.values()];
    this.#turns.clear();
    for (const { go } of turns) go();
    return turns.length > 0;
  }

  look(): void {
    for (const [id, { isTurn, go }] of this.#turns) {
      if (!isTurn()) continue;
      this.#turns.delete(id);
      go();
      return; // it looks again when it has gone
    }
    const isHeld = (id: string) => this.#turns.has(id) || this.#humans.has(id);
    if (this.#resting.length > 0 && this.#resting.every(isHeld)) this.onIdle();
  }
}

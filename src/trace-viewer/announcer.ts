import { make } from './make-node';

const PAUSE_MS = 1500; // a screen reader needs the time

/** One polite line for those who do not see what changes; the newest text wins where several come at once. */
export class Announcer {
  readonly node = make('p', { class: 'unseen', role: 'status' });
  #timer: ReturnType<typeof setTimeout> | undefined;
  #next: string | undefined;

  say(text: string): void {
    if (this.#timer !== undefined) {
      this.#next = text;
      return;
    }
    this.node.textContent = text;
    this.#timer = setTimeout(() => {
      const next = this.#next;
      this.#timer = undefined;
      this.#next = undefined;
      if (next !== undefined) this.say(next);
    }, PAUSE_MS);
  }
}

import { startTelemetry, type Telemetry } from 'smolagents-web/telemetry';
import { part } from './parts';

const LOOK_MS = 500;

/** Sends the traces of all runs from now on, and shows what becomes of them. The address is the visitor's. */
class Phoenix {
  #telemetry: Telemetry | undefined;
  #look: ReturnType<typeof setInterval> | undefined;

  /** Begins at this address, or ends. Throws an `AgentConfigurationError` for an address that is none. */
  async toggle(url: string): Promise<void> {
    if (this.#telemetry) return this.#end();
    this.#telemetry = startTelemetry({ url, projectName: 'smolagents-web page', scheduleDelayMs: 1_000 });
    this.#look = setInterval(() => this.#show(), LOOK_MS);
    this.#show();
  }

  async #end(): Promise<void> {
    clearInterval(this.#look);
    await this.#telemetry?.shutdown();
    this.#show();
    this.#telemetry = undefined;
    part('send', HTMLButtonElement).textContent = 'Send';
  }

  #show(): void {
    const counters = this.#telemetry?.counters;
    if (!counters) return;
    const { ended, delivered, queued, lost, retries } = counters;
    const state = `${delivered} of ${ended} spans delivered, ${queued} waiting, ${lost} lost.`;
    const isRefused = retries > 0 && delivered === 0;
    const hint = isRefused ? ' Nothing arrives: is Phoenix running, and was it told of this page as above?' : '';
    const counts = part('counters', HTMLParagraphElement);
    if (counts.textContent !== state + hint) counts.textContent = state + hint;
    part('send', HTMLButtonElement).textContent = 'Stop sending';
  }
}

/** One for the page. */
export const phoenix = new Phoenix();

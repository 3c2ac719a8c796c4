import { startTelemetry, type Telemetry } from 'smolagents-web/telemetry';
import { part } from './parts';

const LOOK_MS = 500;
const STOP_MS = 2_000; // what could not be sent until then is counted as lost

/** Sends the traces of all runs from now on, and shows what becomes of them. The address is the visitor's. */
class Phoenix {
  #telemetry: Telemetry | undefined;
  #look: ReturnType<typeof setInterval> | undefined;

  /** Begins at this address, or ends. Throws an `AgentConfigurationError` for an address that is none. */
  async toggle(url: string): Promise<void> {
    if (this.#telemetry) return this.#end();
    this.#telemetry = startTelemetry({
      url,
      projectName: 'smolagents-web page',
      scheduleDelayMs: 1_000,
      shutdownTimeoutMs: STOP_MS,
    });
    this.#look = setInterval(() => this.#show(), LOOK_MS);
    this.#show();
  }

  async #end(): Promise<void> {
    const button = part('send', HTMLButtonElement);
    clearInterval(this.#look);
    button.disabled = true;
    await this.#telemetry?.shutdown();
    this.#show();
    this.#telemetry = undefined;
    button.disabled = false;
    button.textContent = 'Send';
  }

  #show(): void {
    const counters = this.#telemetry?.counters;
    if (!counters) return;
    const { ended, delivered, queued, lost, retries } = counters;
    const state = `${delivered} of ${ended} spans delivered, ${queued} waiting, ${lost} lost.`;
    const isRefused = retries + lost > 0 && delivered === 0;
    const hint = isRefused
      ? ' Nothing arrives: is Phoenix running, does the address end in /v1/traces, and was it told of this page as above?'
      : '';
    const counts = part('counters', HTMLParagraphElement);
    if (counts.textContent !== state + hint) counts.textContent = state + hint;
    part('send', HTMLButtonElement).textContent = 'Stop sending';
  }
}

/** One for the page. */
export const phoenix = new Phoenix();

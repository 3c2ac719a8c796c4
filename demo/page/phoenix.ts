import { type Drop, startTelemetry, type Telemetry } from 'smolagents-web/telemetry';
import { part } from './parts';

const LOOK_MS = 500;
const LAST_TRY_MS = 2_000; // when sending is stopped: what did not arrive before will hardly do so now

/** Where traces are sent, and what is known of it. */
interface Sending {
  url: string;
  telemetry: Telemetry;
  look: ReturnType<typeof setInterval>;
  /** The last loss that had a reason. */
  drop: Drop | undefined;
}

/** Sends the traces of all runs from now on, and shows what becomes of them. The address is the visitor's. */
class Phoenix {
  #sending: Sending | undefined;

  /** Begins at this address, also where it was another, or ends. Throws an `AgentConfigurationError` for an address that is none. */
  async toggle(url: string): Promise<void> {
    const before = this.#sending?.url;
    if (this.#sending) await this.#end(this.#sending);
    if (before !== url) this.#begin(url);
  }

  #begin(url: string): void {
    const onDrop = (drop: Drop) => {
      if (drop.error) sending.drop = drop;
    };
    const projectName = 'smolagents-web page';
    const sending: Sending = {
      url,
      telemetry: startTelemetry({
        ...{ url, projectName, onDrop },
        ...{ scheduleDelayMs: 1_000, shutdownTimeoutMs: LAST_TRY_MS },
      }),
      look: setInterval(() => show(sending), LOOK_MS),
      drop: undefined,
    };
    this.#sending = sending;
    show(sending);
  }

  async #end(sending: Sending): Promise<void> {
    const button = part('send', HTMLButtonElement);
    clearInterval(sending.look);
    button.disabled = true;
    button.textContent = 'Stopping';
    await sending.telemetry.shutdown();
    show(sending);
    this.#sending = undefined;
    button.disabled = false;
    button.textContent = 'Send';
  }
}

function show({ url, telemetry, drop }: Sending): void {
  const { delivered, ended, queued, lost, retries } = telemetry.counters;
  const state = `${delivered} of ${ended} spans delivered, ${queued} waiting, ${lost} lost.`;
  const text = delivered === 0 && lost + retries > 0 ? `${state} ${nextThing(drop)}` : state;
  const counts = part('counters', HTMLParagraphElement);
  if (counts.textContent !== text) counts.textContent = text;
  const isSame = part('phoenix-url', HTMLInputElement).value === url;
  part('send', HTMLButtonElement).textContent = isSame ? 'Stop sending' : 'Send there';
}

/** What to do where nothing arrives. */
function nextThing(drop: Drop | undefined): string {
  const status: unknown = Object(drop?.error).status;
  if (typeof status !== 'number') return 'Nothing arrives: is Phoenix running, and was it told of this page as above?';
  if (status === 401 || status === 403)
    return `It wants a key (status ${status}), and this page sends none: take a Phoenix that asks for none.`;
  if (status === 404 || status === 405)
    return `Nothing at this address takes traces (status ${status}): that of Phoenix ends in /v1/traces.`;
  return `It refuses them (status ${status}): is this the address of Phoenix, and does it end in /v1/traces?`;
}

/** One for the page. */
export const phoenix = new Phoenix();

import type { AgentEvent, LogRecord } from '../../agents/agent';
import type { Clock } from '../../web/clock';
import type { Rows } from '../rows';
import type { Secrets } from '../secrets/secrets';
import { Withheld } from '../secrets/withheld';
import { Changes } from './changes';
import { LogRows } from './log-rows';
import { factsAfter, type KnownFacts } from './run-facts';
import { RunLog } from './run-log';

/** After these, what is known of the run is written as well. */
const TURNS: readonly AgentEvent['type'][] = ['run-start', 'plan', 'step', 'waiting', 'run-end'];

/** What an object keeps of its run: facts and events for readers, who are told of each, and entries for a run that goes on. */
export class KeptRun {
  readonly log: RunLog;
  readonly entries: LogRows;
  readonly changes = new Changes();
  readonly #withheld: Withheld;
  readonly #clock: Clock;

  constructor(rows: Rows, secrets: Secrets, clock: Clock) {
    this.log = new RunLog(rows, secrets.fromTold);
    this.entries = new LogRows(rows);
    this.#withheld = new Withheld(secrets);
    this.#clock = clock;
  }

  /** Gives what is known of the run after the event. */
  tell(event: AgentEvent, known: KnownFacts): KnownFacts {
    const atMs = this.#clock.now();
    const facts = factsAfter(event, known, atMs);
    for (const told of this.#withheld.release(event)) this.log.append(told, atMs);
    if (TURNS.includes(event.type)) this.log.write(facts);
    this.changes.tell();
    return facts;
  }

  /** The same of an event that readers have. */
  after(event: AgentEvent, known: KnownFacts): KnownFacts {
    return factsAfter(event, known, this.#clock.now());
  }

  /** An entry of the run's log, after what came of those before it was told: so at most one thing is told too little. */
  async writeDown(entry: LogRecord): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve)); // events that are on their way come first
    this.entries.append(entry);
  }

  /** Resolves at the next change. */
  changed(): Promise<void> {
    return this.changes.next(new AbortController().signal);
  }
}

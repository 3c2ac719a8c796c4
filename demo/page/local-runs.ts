import {
  type Agent,
  AgentError,
  type AgentRun,
  agentFromJSON,
  type Budget,
  type Fetch,
  type ForkEdits,
  type HumanAnswers,
  type LogRecord,
  type Model,
} from 'smolagents-web';
import { type RunFile, readRunFile, recordedParts, replayRun } from 'smolagents-web/testing';
import { pageTools } from './agents';

/** A run under way, and what can be done with it when it has ended. */
export interface Going {
  /** Whether it is a run of the server, which can be opened again by its id. */
  readonly isHosted: boolean;
  readonly run: AgentRun;
  /** Another task on the same memory. */
  ask(task: string, signal: AbortSignal): Promise<Going>;
  /** Goes on with a run that waits for a person. */
  answer(answers: HumanAnswers, signal: AbortSignal): Promise<Going>;
  /** A branch from before a step. */
  fork(step: number, edits: ForkEdits, signal: AbortSignal): Promise<Going>;
}

/** What a run that is not replayed asks. */
export interface LiveParts {
  model: Model;
  fetch?: Fetch;
}

/** Who goes on with a run: its own agent, or one with a model that can be asked now. */
export type Successor = () => Promise<{ agent: Agent; budget?: Budget; fetch?: Fetch }>;

type Log = (entry: LogRecord) => void;

/** A run of this page. Its log is kept, with the sandbox after each step. */
export class LocalRun implements Going {
  readonly isHosted = false;
  readonly run: AgentRun;
  readonly #successor: Successor;
  readonly #entries: LogRecord[];

  constructor(start: (log: Log) => AgentRun, successor: Successor, past: readonly LogRecord[] = []) {
    this.#entries = [...past];
    this.#successor = successor;
    this.run = start((entry) => void this.#entries.push(entry));
  }

  async ask(task: string, signal: AbortSignal): Promise<Going> {
    const { agent, ...given } = await this.#successor();
    const past = await agent.branch(this.#entries, { task });
    return new LocalRun((log) => agent.resume(past, { ...given, signal, log }), this.#successor, past);
  }

  async answer(answers: HumanAnswers, signal: AbortSignal): Promise<Going> {
    const { agent, ...given } = await this.#successor();
    const past = this.#entries;
    return new LocalRun((log) => agent.resume(past, { ...given, answers, signal, log }), this.#successor, past);
  }

  async fork(step: number, edits: ForkEdits, signal: AbortSignal): Promise<Going> {
    const { agent, ...given } = await this.#successor();
    return new LocalRun((log) => agent.fork(this.#entries, step, edits, { ...given, signal, log }), this.#successor);
  }
}

/**
 * The run of a file again: loop, tools and sandbox are real, the words and the network those of the recording. What goes on
 * from it has the model given, or else the recording's words for the steps after. It acts on a reply when `heard` says that
 * it was read. Throws for a file that holds no recording.
 */
export function replayed(
  json: unknown,
  signal: AbortSignal,
  live: () => Promise<LiveParts | undefined>,
  heard: (signal: AbortSignal) => Promise<void> = async () => {},
): LocalRun {
  const file = hereRead(readRunFile(json));
  const successor: Successor = async () => {
    const { model, ...given } = (await live()) ?? {};
    if (model) return { agent: agentOf(file, model), ...given };
    const recorded = recordedParts(file);
    return { agent: agentOf(file, recorded.model), fetch: recorded.fetch };
  };
  return new LocalRun((keep) => {
    const log = async (entry: LogRecord) => {
      keep(entry);
      if (entry.type === 'reply') await heard(signal);
    };
    return replayRun(agentOf(file, silent(file)), file, { signal, log });
  }, successor);
}

/** A recording of a page was asked for by paths, whatever the origin was. */
function hereRead(file: RunFile): RunFile {
  const exchanges = file.exchanges.map((exchange) => ({
    ...exchange,
    url: new URL(exchange.url, location.origin).href,
  }));
  return { ...file, exchanges };
}

function agentOf({ settings }: RunFile, model: Model) {
  return agentFromJSON(settings, { tools: pageTools(), model: () => model });
}

/** Stands where a model would: the replay answers in its place. */
function silent({ modelId, settings }: RunFile): Model {
  const { class: spanName } = Object(settings.model);
  return {
    modelId,
    ...(typeof spanName === 'string' && { spanName }),
    generate: () => {
      throw new AgentError('a replay asks no model');
    },
  };
}

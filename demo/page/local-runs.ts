import {
  type Agent,
  AgentConfigurationError,
  AgentError,
  type AgentEvent,
  type AgentRun,
  AgentToolCallError,
  agentFromJSON,
  type Budget,
  type Fetch,
  type ForkEdits,
  type HumanAnswer,
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
  /** Those of the run; they can be read once. */
  readonly events: AsyncIterable<AgentEvent>;
  /** Another task on the same memory. */
  ask(task: string, signal: AbortSignal): Promise<Going>;
  /** Goes on with a run that waits for a person. Rejects with a `RefusedAnswer` where one does not fit; nothing has run then. */
  answer(answers: HumanAnswers, signal: AbortSignal): Promise<Going>;
  /** Ends a run that waits, and is not answered any more. */
  giveUp(): Promise<void>;
  /** A branch from before a step. */
  fork(step: number, edits: ForkEdits, signal: AbortSignal): Promise<Going>;
}

/** What a person put in place of a call's arguments does not fit its tool; the message says why. */
export class RefusedAnswer extends Error {
  override readonly name = 'RefusedAnswer';
  readonly callId: string;
  readonly answer: HumanAnswer | undefined;

  constructor(message: string, callId: string, answer: HumanAnswer | undefined) {
    super(message);
    this.callId = callId;
    this.answer = answer;
  }
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
  readonly events: AsyncIterable<AgentEvent>;
  readonly #successor: Successor;
  readonly #entries: LogRecord[];

  constructor(start: (log: Log) => AgentRun, successor: Successor, past: readonly LogRecord[] = []) {
    this.#entries = [...past];
    this.#successor = successor;
    this.run = start((entry) => void this.#entries.push(entry));
    this.events = this.run;
  }

  async ask(task: string, signal: AbortSignal): Promise<Going> {
    const { agent, ...given } = await this.#successor();
    const past = await agent.branch(this.#entries, { task });
    return new LocalRun((log) => agent.resume(past, { ...given, signal, log }), this.#successor, past);
  }

  async answer(answers: HumanAnswers, signal: AbortSignal): Promise<Going> {
    const { agent, ...given } = await this.#successor();
    const past = this.#entries;
    for (const [callId, answer] of Object.entries(answers)) await checkAnswer(agent, past, callId, answer);
    return new LocalRun((log) => agent.resume(past, { ...given, answers, signal, log }), this.#successor, past);
  }

  /** It is nowhere but here. */
  async giveUp(): Promise<void> {}

  async fork(step: number, edits: ForkEdits, signal: AbortSignal): Promise<Going> {
    const { agent, ...given } = await this.#successor();
    return new LocalRun((log) => agent.fork(this.#entries, step, edits, { ...given, signal, log }), this.#successor);
  }
}

/** Each by itself, so that the others are kept where one does not fit. */
async function checkAnswer(
  agent: Agent,
  past: readonly LogRecord[],
  callId: string,
  answer: HumanAnswer,
): Promise<void> {
  try {
    await agent.branch(past, { answers: { [callId]: answer } });
  } catch (error) {
    if (!(error instanceof AgentConfigurationError && error.cause instanceof AgentToolCallError)) throw error;
    throw new RefusedAnswer(error.cause.message, callId, answer);
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

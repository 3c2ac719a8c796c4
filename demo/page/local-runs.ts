import {
  type Agent,
  AgentConfigurationError,
  AgentError,
  type AgentEvent,
  type AgentRun,
  AgentToolCallError,
  agentFromJSON,
  type Budget,
  type Clock,
  type Fetch,
  type ForkEdits,
  type HumanAnswer,
  type HumanAnswers,
  type LogRecord,
  type Model,
} from 'smolagents-web';
import { type RunFile, readRunFile, recordedParts, replayRun } from 'smolagents-web/testing';
import { pageTools } from './agents';
import type { Choices } from './choices';

/** A run under way, and what can be done with it when it has ended. */
export interface Going {
  /** Whether it is a run of the server, which can be opened again by its id. */
  readonly isHosted: boolean;
  /** What its model was chosen by; absent for the words of a recording, and for the model of the server. */
  readonly choices: Choices | undefined;
  readonly run: AgentRun;
  /** Those of the run; they can be read once. */
  readonly events: AsyncIterable<AgentEvent>;
  /** Another task on the same memory. Where its words are those of a recording, `live` is asked in their place. */
  ask(task: string, signal: AbortSignal, live?: LiveParts): Promise<Going>;
  /** Goes on with a run that waits for a person. Rejects with a `RefusedAnswer` where one does not fit; nothing has run then. */
  answer(answers: HumanAnswers, signal: AbortSignal): Promise<Going>;
  /** Ends a run that waits, and is not answered any more. */
  giveUp(): Promise<void>;
  /** A branch from before a step; `live` as for `ask`. */
  fork(step: number, edits: ForkEdits, signal: AbortSignal, live?: LiveParts): Promise<Going>;
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

/** What a run is given besides its task. */
interface Given {
  budget?: Budget;
  fetch?: Fetch;
  clock?: Clock;
}

/** A model that can be asked now. */
export interface LiveParts {
  model: Model;
  /** What it was chosen by. */
  choices: Choices;
  given: Given;
}

/** Who goes on with a run: an agent whose model was chosen so, or without `choices` one that has the words of a recording. */
export interface Successor {
  agent: Agent;
  choices?: Choices;
  given: Given;
}

type Log = (entry: LogRecord) => void;

/** A run of this page. Its log is kept, with the sandbox after each step. */
export class LocalRun implements Going {
  readonly isHosted = false;
  readonly choices: Choices | undefined;
  readonly run: AgentRun;
  readonly events: AsyncIterable<AgentEvent>;
  readonly #successor: (live?: LiveParts) => Successor;
  readonly #entries: LogRecord[];

  constructor(
    start: (log: Log) => AgentRun,
    successor: (live?: LiveParts) => Successor,
    { choices, past = [] }: { choices?: Choices | undefined; past?: readonly LogRecord[] } = {},
  ) {
    this.#entries = [...past];
    this.#successor = successor;
    this.choices = choices;
    this.run = start((entry) => void this.#entries.push(entry));
    this.events = this.run;
  }

  async ask(task: string, signal: AbortSignal, live?: LiveParts): Promise<Going> {
    const next = this.#successor(live);
    const past = await next.agent.branch(this.#entries, { task });
    return this.#followedBy(next, (log) => next.agent.resume(past, { ...next.given, signal, log }), past);
  }

  async answer(answers: HumanAnswers, signal: AbortSignal): Promise<Going> {
    const next = this.#successor();
    const past = this.#entries;
    for (const [callId, answer] of Object.entries(answers)) await checkAnswer(next.agent, past, callId, answer);
    return this.#followedBy(next, (log) => next.agent.resume(past, { ...next.given, answers, signal, log }), past);
  }

  /** It is nowhere but here. */
  async giveUp(): Promise<void> {}

  async fork(step: number, edits: ForkEdits, signal: AbortSignal, live?: LiveParts): Promise<Going> {
    const next = this.#successor(live);
    return this.#followedBy(next, (log) => next.agent.fork(this.#entries, step, edits, { ...next.given, signal, log }));
  }

  /** A model that was asked once stays the run's own, whatever is chosen later. */
  #followedBy(next: Successor, start: (log: Log) => AgentRun, past: readonly LogRecord[] = []): LocalRun {
    const { choices } = next;
    return new LocalRun(start, choices ? () => next : this.#successor, { choices, past });
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
 * from it has the live model it is given, or else the recording's words for the steps after. It acts on a reply when `heard`
 * says that it was read. Throws for a file that holds no recording.
 */
export function replayed(
  json: unknown,
  signal: AbortSignal,
  heard: (signal: AbortSignal) => Promise<void> = async () => {},
): LocalRun {
  const file = hereRead(readRunFile(json));
  const successor = (live?: LiveParts): Successor => {
    if (live) return { agent: agentOf(file, live.model), choices: live.choices, given: live.given };
    const { model, ...given } = recordedParts(file);
    return { agent: agentOf(file, model), given };
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

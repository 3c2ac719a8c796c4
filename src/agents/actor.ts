import type { ActionStep } from '../memory/step';
import type { ModelReply, ToolCall } from '../models/model';
import type { AgentEvent } from './agent';
import type { RunContext } from './runs/context';
import type { Question } from './runs/think';
import type { Scope } from './scope';
import type { AgentSettings } from './settings';

/** How an agent class acts on a reply: what `loop` leaves to it. One for each run. */
export interface Actor {
  /** What each model call is asked beside the messages. */
  readonly question: Omit<Question, 'messages'>;
  /**
   * Opens what the snapshot is of, so that one which cannot be used is refused before anything runs; nothing to do where
   * none was given.
   */
  ready(): Promise<void>;
  /**
   * Reads the reply into `step`: its calls, its code. `known` is how it was read before. Throws an `AgentError`, which the
   * loop keeps on the step.
   */
  read(step: ActionStep, reply: ModelReply, known: readonly ToolCall[] | undefined): void;
  /**
   * Does what was read, filling in `step`: results, observations, `finalAnswer`. Throws an `AgentError`, which the loop
   * keeps on the step; what was done before stays there. Throws `RunWaits` where a human is needed. May be a promise
   * where nobody reads the events.
   */
  act(step: ActionStep, scope: Scope): AsyncGenerator<AgentEvent, void> | Promise<void>;
  /** What code left since it was last asked; `lost` where that cannot be had, nothing where no code ran. */
  snapshot(): Promise<Uint8Array | 'lost' | undefined> | undefined;
  /**
   * Called once when the run is over; gives what a later run can go on from, nothing where that is as it was before, or no
   * run can: that of a managed agent is not continued.
   */
  end(facts: { isContinued: boolean }): Promise<KeptSandbox | undefined>;
}

/** What code left, fetched when it is needed, for it may have to be unpacked. Gives nothing where it could not be kept. */
export type KeptSandbox = () => Promise<Uint8Array | undefined>;

/** What makes the actors of an agent's runs; what is the same in all of them is made once. */
export type ActorMaker = (settings: AgentSettings) => ActorOfRun;

/** Makes the actor of a run. `snapshot` is what an earlier run's sandbox left. */
export type ActorOfRun = (context: RunContext, snapshot: Uint8Array | undefined) => Actor;

/** Fetches how an agent class acts, with its first run. */
export type ActorPart = () => Promise<ActorMaker>;

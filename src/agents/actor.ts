import type { ActionStep } from '../memory/step';
import type { ModelReply } from '../models/model';
import type { AgentEvent } from './agent';
import type { RunContext } from './context';
import type { Scope } from './scope';
import type { AgentSettings } from './settings';
import type { Question } from './think';

/** How an agent class acts on a reply: what `loop` leaves to it. One for each run. */
export interface Actor {
  /** What each model call is asked beside the messages. */
  readonly question: Omit<Question, 'messages'>;
  /**
   * Reads the reply and does what it says, filling in `step`: calls, results, observations, `finalAnswer`.
   * Throws an `AgentError`, which the loop keeps on the step; what was done before stays there.
   */
  act(step: ActionStep, reply: ModelReply, scope: Scope): AsyncGenerator<AgentEvent, void>;
  /**
   * Called once when the run is over; gives what a later run can go on from, nothing where that is as it was before, or no
   * run can: that of a managed agent is not continued.
   */
  end(facts: { isContinued: boolean }): Promise<Uint8Array | undefined>;
}

/** Makes the actor of a run. `snapshot` is what an earlier run's `end` gave. */
export type ActorMaker = (settings: AgentSettings, context: RunContext, snapshot: Uint8Array | undefined) => Actor;

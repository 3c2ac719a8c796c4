import type { NamedArguments } from '../../tools/arguments';

/** A call of a tool or managed agent that is about to run; its arguments are a copy of what the tool's schema made of those given. */
export interface CallAtDoor {
  name: string;
  arguments: NamedArguments;
  /** As in the events. */
  callId: string;
  /** Names of the agents from the outermost in. */
  path: readonly string[];
  /** Number of the step. */
  step: number;
}

/** Nothing lets the call run as it is; other arguments are checked as those of the model are. */
export type CallVerdict = undefined | { allow: true; arguments?: NamedArguments } | { refuse: string };

/**
 * Asked before each call, `final_answer` included. A refusal is told to the model as the failure of that call; so is what
 * this function throws: the call does not run then, and the run goes on. Asked again before a call that a human allowed, with the
 * arguments that the human saw or gave: it may still refuse, but not edit, or the call does not run.
 */
export type BeforeToolCall = (
  call: CallAtDoor,
  facts: { signal: AbortSignal; runId: string },
) => CallVerdict | Promise<CallVerdict>;

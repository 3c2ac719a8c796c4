/** A call that waits for a human: for a word on whether it may run, or for the answer to a question. */
export interface WaitingCall {
  /** What `answers` names it by: its own id, after those of the calls of managed agents that lead to it, `/` between. */
  callId: string;
  name: string;
  /** What the call is to run with, by name: as the tool's schema made them of those that were written, in forms that JSON can tell. */
  arguments: Readonly<Record<string, unknown>>;
  /** As they were written, by the model or who put others in place; absent where the schema changed nothing. */
  written?: Readonly<Record<string, unknown>>;
  /** Names of the agents from the outermost in. */
  path: readonly string[];
  kind: 'approval' | 'input';
  /** What an `input` asks. */
  question?: string;
}

/**
 * What a human says of a waiting call: `answer` is the result of an `input`, both kinds can be refused. Other `arguments` are
 * checked as those of the model are; where the tool's schema makes others of them, the call waits once more and shows those.
 */
export type HumanAnswer =
  | { allow: true; arguments?: Readonly<Record<string, unknown>> }
  | { refuse: string }
  | { answer: unknown };

export type HumanAnswers = Readonly<Record<string, HumanAnswer>>;

/** Whether the answer is one to what the call waits for. */
export function answersTo({ kind }: Pick<WaitingCall, 'kind'>, answer: HumanAnswer): boolean {
  return 'refuse' in answer || (kind === 'input' ? 'answer' in answer : 'allow' in answer);
}

/** Ends a step, and its run as `waiting`, when only calls that wait for a human are left. No failure: never kept on a step. */
export class RunWaits extends Error {
  override readonly name = 'RunWaits';
  readonly calls: readonly WaitingCall[];

  constructor(calls: readonly WaitingCall[]) {
    super(`${calls.map(({ name, callId }) => `${name} (${callId})`).join(', ')} waits for a human`);
    this.calls = calls;
  }
}

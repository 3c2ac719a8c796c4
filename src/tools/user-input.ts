import { abortable } from '../web/abortable';
import { refuseSetting, refuseUnknownOptions } from '../web/options';
import type { Tool, ToolHandle } from './tool';

export interface UserInputOptions {
  /**
   * Puts the question to a person and resolves with the reply; `signal` aborts when nobody needs it any more. Without
   * it the run ends as `waiting`, and `agent.resume` goes on with the reply.
   */
  ask?: (question: string, options: { signal: AbortSignal }) => Promise<string> | string;
}

/** Asks the person who uses the app. Waiting for the reply does not count against a step's time limit. */
export class UserInputTool implements Tool<{ question: string }, string> {
  readonly name = 'user_input';
  readonly spanName = 'UserInputTool'; // a string: minifiers rename classes
  readonly description = 'Asks the user a question and returns the reply.';
  readonly inputs = { question: { type: 'string', description: 'The question to ask the user' } } as const;
  readonly outputType = 'string';
  readonly untimed = true;
  /** There where nobody can be asked at once. */
  readonly question?: (args: Readonly<Record<string, unknown>>) => string;
  readonly #ask: NonNullable<UserInputOptions['ask']>;

  constructor(options: UserInputOptions = {}) {
    refuseUnknownOptions('UserInputTool', options, ['ask']);
    const { ask } = options;
    if (ask !== undefined && typeof ask !== 'function')
      refuseSetting('UserInputTool', 'ask', ask, 'a function that asks a person, or absent');
    if (!ask) this.question = ({ question }) => String(question);
    this.#ask = ask ?? askNobody;
  }

  /** Rejects with the signal's reason as soon as it aborts, also when `ask` does not listen. */
  async execute({ question }: { question: string }, { signal }: ToolHandle): Promise<string> {
    signal.throwIfAborted();
    return abortable(this.#ask(question, { signal }), signal);
  }
}

function askNobody(): never {
  throw new Error('nobody can be asked: give UserInputTool the option ask, or run it by an agent');
}

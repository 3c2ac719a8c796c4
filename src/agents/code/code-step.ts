import { AgentExecutionError } from '../../errors';
import type { CodeOutput, GuestCall, Sandbox } from '../../executors/executor';
import { show } from '../../executors/show';
import type { ToolCall } from '../../models/model';
import { bindArguments } from '../../tools/arguments';
import { abortable } from '../../web/abortable';
import type { CallTurn } from '../calls/call-tally';
import { type Callable, type CallDesk, callFailure, findCallable } from '../calls/call-tool';
import { HeldCalls } from '../calls/held-calls';
import { RunWaits } from '../calls/human';
import { makeCall } from '../calls/make-call';
import { asMedia, keepMedia } from '../media';
import { Departure, outputOf } from '../replay';
import { errorRecord } from '../runs/context';
import type { CallRecord } from '../saved/point';
import { packed } from '../saved/snapshot';
import { callLines } from './code-observations';

/** The code of a step is a call of that name. */
export const INTERPRETER = 'javascript_interpreter';

/** One step of code: makes its calls, and ends it when all that is left are calls that wait for a human. */
export class CodeStep {
  readonly #desk: CallDesk;
  readonly #available: ReadonlyMap<string, Callable>;
  readonly #onText: (name: string, text: string) => void;
  readonly #over = new AbortController();
  readonly #held = new HeldCalls();
  readonly #made: Pick<CallRecord, 'call' | 'outcome'>[];

  /** `onText` is told of each text that a call gave. */
  constructor(desk: CallDesk, available: ReadonlyMap<string, Callable>, onText: (name: string, text: string) => void) {
    this.#desk = desk;
    this.#available = available;
    this.#onText = onText;
    this.#made = desk.replay.records.filter(({ isInSnapshot }) => isInSnapshot);
  }

  /** Its calls so far, a line each; empty where there are none. */
  get callLines(): string {
    return callLines(this.#made);
  }

  /**
   * Runs the code, or goes on in the middle of it. Rejects with `RunWaits`, with an `AgentExecutionError` where the code
   * does something else than the log of an earlier run says, and with the reason of an abort.
   */
  async run(sandbox: Sandbox, code: string, { midway }: { midway: boolean }): Promise<CodeOutput> {
    const { context, number, replay } = this.#desk;
    const signal = AbortSignal.any([context.signal, this.#over.signal]);
    const step = {
      file: fileOf(number),
      signal,
      call: (call: GuestCall) => this.#call(call),
      onRest: (ids: readonly string[]) => this.#held.rest(ids),
    };
    this.#held.onIdle = () => this.#idle(sandbox);
    try {
      const output = await abortable(midway ? sandbox.resume(step) : sandbox.run(code, step), signal);
      replay.checkAllMade();
      return output;
    } catch (error) {
      context.signal.throwIfAborted();
      throw error instanceof Departure ? departed(error, replay.records) : error;
    }
  }

  /** A call that the code makes. What it throws reaches the code as an Error of the same name and message. */
  async #call({ id: guestId, name, args, signal, hold }: GuestCall): Promise<unknown> {
    const { context, number, emit } = this.#desk;
    const callable = findCallable(name, this.#available);
    const bind = () => bindArguments(callable.facts, args);
    const made = { id: guestId, name, arguments: boundArguments(callable, args) };
    const past = this.#known(made);
    const call = past?.call ?? made;
    const about = { path: context.path, runId: context.runId, step: number };
    emit({ type: 'tool-call', call, ...about });
    const record: Pick<CallRecord, 'call' | 'outcome'> = { call };
    this.#made.push(record);
    let turn: CallTurn | undefined;
    try {
      if (past) await this.#inOrder(guestId, past, hold);
      turn = past?.outcome ? context.calls.told(call, number) : await this.#enter(call, signal);
      const ticket = { call, bind, positional: args, past, signal };
      const output = past?.outcome ? outputOf(past.outcome) : await makeCall(callable, ticket, this.#desk);
      const media = await asMedia(output, callable.facts.outputType, signal);
      if (media) keepMedia(media, context.state);
      const text = show(media ?? output).trim();
      if (typeof output === 'string') this.#onText(name, text);
      turn.end(text);
      record.outcome = { output: media ?? output };
      emit({ type: 'tool-result', call, result: { id: call.id, output: media ?? output, text }, ...about });
      return media ?? output;
    } catch (error) {
      if (error instanceof RunWaits) {
        turn?.end();
        hold();
        return this.#held.forHuman(guestId, call, error.calls);
      }
      const failure = callFailure(name, error);
      turn?.end(failure.message);
      if (!signal.aborted) record.outcome = { error: { message: failure.message } };
      const result = { id: call.id, text: failure.message, error: errorRecord(failure) };
      emit({ type: 'tool-result', call, result, ...about });
      throw error;
    }
  }

  /** Ends the step where the call was made too often. */
  async #enter(call: ToolCall, signal: AbortSignal): Promise<CallTurn> {
    const { context, number } = this.#desk;
    try {
      return await context.calls.enter(call, number, signal);
    } catch (error) {
      if (context.calls.exceeded) this.#over.abort(context.calls.exceeded);
      throw error;
    }
  }

  /** The record of a call; ends the step where the code departs from what is known. */
  #known(call: ToolCall): CallRecord | undefined {
    try {
      return this.#desk.replay.byDeed(call);
    } catch (error) {
      this.#over.abort(error);
      throw error;
    }
  }

  /** Results come in the order in which they came; calls that have none, when the code has made all that are known. */
  async #inOrder(guestId: string, past: CallRecord, hold: GuestCall['hold']): Promise<void> {
    const { replay } = this.#desk;
    if (!past.outcome || !replay.isNext(past)) {
      const letGo = hold();
      await this.#held.untilIdle(guestId, () => replay.isNext(past));
      letGo();
    }
    replay.delivered(past);
    this.#held.look();
  }

  #idle(sandbox: Sandbox): void {
    try {
      this.#desk.replay.checkAllMade();
      if (!this.#held.release()) void this.#wait(sandbox);
    } catch (error) {
      this.#over.abort(error);
    }
  }

  /** Ends the step for now. Where the sandbox cannot be kept, the code is run again, its known calls answered. */
  async #wait(sandbox: Sandbox): Promise<void> {
    const { context, number } = this.#desk;
    const { calls, held } = this.#held.forHumans();
    try {
      const state = await sandbox.snapshot().catch(() => undefined);
      if (this.#over.signal.aborted || context.signal.aborted) return;
      await context.log.write({
        type: 'waiting',
        number,
        calls,
        held,
        elapsedMs: context.spending.elapsedMs(),
        ...(state && { snapshot: packed(state) }),
      });
      this.#over.abort(new RunWaits(calls));
    } catch (error) {
      this.#over.abort(error);
    }
  }
}

/** The name that errors of a step's code give its file. */
export function fileOf(number: number): string {
  return `step_${number}.js`;
}

/** Arguments by name, as the log tells a call of code; as they came where they do not fit, which is told when it is made. */
export function boundArguments(callable: Callable | undefined, args: unknown): unknown {
  if (!callable || !Array.isArray(args)) return args;
  try {
    return bindArguments(callable.facts, args);
  } catch {
    return args;
  }
}

function departed(cause: Departure, records: readonly CallRecord[]): AgentExecutionError {
  return new AgentExecutionError(
    `The run was cut off in this step. The code, run again, did something else than before (${cause.message}), so it was stopped. ` +
      `These calls had been made; do not make them again:\n${callLines(records)}`,
    { cause },
  );
}

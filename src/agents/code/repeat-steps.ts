import type { GuestCall, Sandbox } from '../../executors/executor';
import type { Callable } from '../calls/call-tool';
import { Departure, outputOf, Replay } from '../replay';
import type { LostStep } from '../saved/point';
import { codeObservation } from './code-observations';
import { boundArguments, fileOf } from './code-step';

/**
 * Runs the code of these steps again in a new sandbox, so that it has their variables. No tool runs: calls get the results
 * that are known, in the order in which they came. False where a step does something else than it did; the sandbox is of
 * no use then. Rejects with the signal's reason.
 */
export async function repeatSteps(
  sandbox: Sandbox,
  steps: readonly LostStep[],
  { available, signal }: { available: ReadonlyMap<string, Callable>; signal: AbortSignal },
): Promise<boolean> {
  for (const lost of steps) if (!(await isRepeated(sandbox, lost, available, signal))) return false;
  return true;
}

async function isRepeated(
  sandbox: Sandbox,
  { step, number, records }: LostStep,
  available: ReadonlyMap<string, Callable>,
  signal: AbortSignal,
): Promise<boolean> {
  const over = new AbortController();
  const calls = new KnownCalls(new Replay({ reply: NO_REPLY, records, shown: [] }), available, over);
  try {
    const output = await sandbox.run(step.code ?? '', {
      file: fileOf(number),
      signal: AbortSignal.any([signal, over.signal]),
      call: (call) => calls.make(call),
      onRest: () => calls.deliver(),
    });
    if (output.error || output.answer) return (step.error !== undefined) === (output.error !== undefined);
    return codeObservation(output) === step.observations;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Departure) return false;
    throw error;
  }
}

const NO_REPLY = { type: 'reply', number: 0, reply: { content: null, toolCalls: [] }, calls: [] } as const;

/** Answers the calls of one step from what is known of them, one each time its code has come to rest. */
class KnownCalls {
  readonly #replay: Replay;
  readonly #available: ReadonlyMap<string, Callable>;
  readonly #over: AbortController;
  readonly #open = new Map<ReturnType<Replay['byId']>, () => void>();

  constructor(replay: Replay, available: ReadonlyMap<string, Callable>, over: AbortController) {
    this.#replay = replay;
    this.#available = available;
    this.#over = over;
  }

  async make({ id, name, args }: GuestCall): Promise<unknown> {
    const record = this.#known(id, name, boundArguments(this.#available.get(name), args));
    if (!record?.outcome) return this.#depart(`${name} was called, and it is not known what it gave`);
    await new Promise<void>((resolve) => this.#open.set(record, resolve));
    return outputOf(record.outcome);
  }

  #known(id: string, name: string, args: unknown) {
    try {
      return this.#replay.byDeed({ id, name, arguments: args });
    } catch (error) {
      this.#over.abort(error);
      throw error;
    }
  }

  deliver(): void {
    for (const [record, resolve] of this.#open) {
      if (!record || !this.#replay.isNext(record)) continue;
      this.#open.delete(record);
      this.#replay.delivered(record);
      resolve();
      return;
    }
    this.#depart('what was called next is not');
  }

  #depart(what: string): never {
    const error = new Departure(what);
    this.#over.abort(error);
    throw error;
  }
}

import { type AgentError, AgentExecutionError } from '../../errors';
import { CellLostError } from '../../executors/cell';
import type { CodeError, CodeOutput, Sandbox } from '../../executors/executor';
import type { ActionStep } from '../../memory/step';
import { NO_TOKENS } from '../../memory/usage';
import type { ModelReply, ToolCall } from '../../models/model';
import { bindArguments } from '../../tools/arguments';
import { abortable } from '../../web/abortable';
import type { Actor, ActorMaker, KeptSandbox } from '../actor';
import type { AgentEvent } from '../agent';
import type { CallTurn } from '../calls/call-tally';
import { type Callable, type CallDesk, callables, callFailure, findCallable, openDesk } from '../calls/call-tool';
import { RunWaits } from '../calls/human';
import { makeCall } from '../calls/make-call';
import { closeCodeBlock, isOpenEnded, parseCode, parseStructuredCode } from '../parse';
import { outputOf } from '../replay';
import type { RunContext } from '../runs/context';
import { refuseCutOff } from '../runs/cut-off';
import { streamWhile } from '../runs/stream-while';
import type { LostStep } from '../saved/point';
import { VARIABLES_ARE_GONE, withNote } from '../saved/run-shape';
import type { Scope } from '../scope';
import type { AgentSettings } from '../settings';
import { codeEvent } from './code-event';
import { answerRefusal, codeFailure, codeNotes, codeObservation, takesNothing } from './code-observations';
import { CodeStep, INTERPRETER } from './code-step';
import { keptBy, lastLeft, openSandbox, type SandboxStart } from './open-sandbox';
import { answerAsShown, answerId } from './shown-answer';

const STOP = ['Observation:', 'Calling tools:'];
const SNAPSHOT_LIMIT_MS = 2_000; // a host that takes longer has lost its variables
const ABORTED_SNAPSHOT_LIMIT_MS = 50; // all is to be gone soon after an abort
const FINAL_ANSWER = 'final_answer';
/** Kinds of errors that take the variables of the step, while what its calls did stays done. */
const STOPPED: ReadonlySet<CodeError['kind']> = new Set(['timeout', 'out_of_memory', 'stack_overflow']);
const CALLS_HOLD =
  ' Calls of tools are not undone: those that were made, and what they gave, stand in the observation.';
const STRUCTURED_REPLY = {
  name: 'thought_and_code',
  schema: {
    type: 'object',
    properties: { thought: { type: 'string' }, code: { type: 'string' } },
    required: ['thought', 'code'],
    additionalProperties: false,
  },
};

/** Acts by running the code of a reply in a sandbox of the run's own, opened with the first code. */
export const codeActor: ActorMaker = (settings) => (context, snapshot) => new CodeActor(settings, context, snapshot);

/** What a step of code came to, and its calls as lines. */
interface Ran {
  output: CodeOutput;
  made: string;
}

class CodeActor implements Actor {
  readonly question: Actor['question'];
  readonly #settings: AgentSettings;
  readonly #context: RunContext;
  readonly #available: ReadonlyMap<string, Callable>;
  readonly #start: SandboxStart;
  readonly #textResults: { name: string; text: string }[] = [];
  #sandbox: Sandbox | undefined;
  /** Whether a step of code has come to its end since the last snapshot. */
  #hasRun = false;
  #refused = false;
  /** Variables that were not set when the sandbox was opened, of which the model is to be told. */
  #unset: readonly string[] = [];

  constructor(settings: AgentSettings, context: RunContext, snapshot: Uint8Array | undefined) {
    const [opening, closing] = settings.codeBlockTags;
    const stop = opening.includes(closing) ? STOP : [...STOP, closing];
    this.question = settings.useStructuredOutputsInternally ? { stop, responseFormat: STRUCTURED_REPLY } : { stop };
    this.#settings = settings;
    this.#context = context;
    this.#available = callables(settings);
    this.#start = { snapshot, variables: context.newVariables };
  }

  read(step: ActionStep, reply: ModelReply, known: readonly ToolCall[] | undefined): void {
    const { useStructuredOutputsInternally, codeBlockTags } = this.#settings;
    const given = known?.[0]?.arguments;
    const code = typeof given === 'string' ? given : this.#codeIn(reply);
    if (!useStructuredOutputsInternally) step.text = closeCodeBlock(step.text, codeBlockTags);
    step.code = code;
    step.toolCalls = [{ id: `call_${this.#context.memory.steps.length}`, name: INTERPRETER, arguments: code }];
  }

  #codeIn(reply: ModelReply): string {
    const { codeBlockTags, useStructuredOutputsInternally } = this.#settings;
    const content = reply.content ?? '';
    if (useStructuredOutputsInternally) return parseStructuredCode(content, codeBlockTags);
    const code = parseCode(content, codeBlockTags);
    if (isOpenEnded(content, codeBlockTags)) refuseCutOff(reply, 'inside its code');
    return code;
  }

  async *act(step: ActionStep, scope: Scope): AsyncGenerator<AgentEvent, void> {
    const { path, runId } = this.#context;
    const about = { path, runId, step: step.number };
    for (const call of step.toolCalls) yield { type: 'tool-call', call, ...about };
    const { output, desk, made } = yield* streamWhile<AgentEvent, Ran & { desk: CallDesk }>(async (emit) => {
      const desk = openDesk(this.#settings, this.#context, scope, emit, step.number);
      try {
        const { output, made } = await this.#run(step, desk);
        return { output: answerAsShown(output, desk.replay.shown(answerId(step.number))), made, desk };
      } finally {
        if (desk.managedUsage !== NO_TOKENS) step.managedUsage = desk.managedUsage;
      }
    });
    const failure = await this.#finish(step, output, desk, made);
    yield codeEvent(output, step, failure, about);
    if (failure) throw failure;
  }

  async ready(): Promise<void> {
    const { lostSteps } = this.#context;
    if (this.#start.snapshot || lostSteps.length > 0) this.#sandbox = await this.#opened();
    if (this.#sandbox && lostSteps.length > 0) await this.#repeat(this.#sandbox, lostSteps);
  }

  /** Where that cannot be done, the model is told that the variables are gone. */
  async #repeat(sandbox: Sandbox, steps: readonly LostStep[]): Promise<void> {
    const { signal, clock } = this.#context;
    const release = clock.hold?.(); // code takes real time
    try {
      const { repeatSteps } = await import('./repeat-steps'); // only who goes on without a snapshot needs it
      this.#hasRun = await repeatSteps(sandbox, steps, { available: this.#available, signal });
    } finally {
      release?.();
    }
    if (this.#hasRun) return;
    this.#sandbox = undefined;
    await sandbox[Symbol.asyncDispose]();
    this.#context.memory = withNote(this.#context.memory);
  }

  async snapshot(): Promise<Uint8Array | 'lost' | undefined> {
    const { signal } = this.#context;
    if (!this.#sandbox || !this.#hasRun) return undefined;
    const kept = await abortable(this.#kept(this.#sandbox, SNAPSHOT_LIMIT_MS), signal).catch(() => undefined);
    signal.throwIfAborted(); // the step is not written then: a run that goes on makes it again
    this.#hasRun = false;
    return kept ?? 'lost';
  }

  async end({ isContinued }: { isContinued: boolean }): Promise<KeptSandbox | undefined> {
    const { log, signal } = this.#context;
    const sandbox = this.#sandbox;
    if (!sandbox) return undefined;
    try {
      if (!isContinued) return undefined;
      if (!this.#hasRun) return keptBy(log); // a step that was cut off has changed nothing
      const limitMs = signal.aborted ? ABORTED_SNAPSHOT_LIMIT_MS : SNAPSHOT_LIMIT_MS;
      const kept = await this.#kept(sandbox, limitMs).catch(() => undefined);
      return async () => kept;
    } finally {
      this.#dispose(sandbox);
    }
  }

  /** Nobody waits for a host that does not close. */
  #dispose(sandbox: Sandbox): void {
    Promise.resolve(sandbox[Symbol.asyncDispose]()).catch(() => {});
  }

  async #kept(sandbox: Sandbox, limitMs: number): Promise<Uint8Array | undefined> {
    const { clock } = this.#context;
    const waiting = new AbortController();
    const release = clock.hold?.(); // a snapshot takes real time
    try {
      return await Promise.race([sandbox.snapshot(), clock.sleep(limitMs, waiting.signal).then(() => undefined)]);
    } finally {
      waiting.abort();
      release?.();
    }
  }

  async #run(step: ActionStep, desk: CallDesk): Promise<Ran> {
    const { underWay, clock } = this.#context;
    const release = clock.hold?.(); // the engine is fetched in real time
    try {
      this.#sandbox ??= await this.#opened();
    } finally {
      release?.();
    }
    const midway = underWay?.number === step.number && underWay.midway !== undefined;
    const run = async (sandbox: Sandbox): Promise<Ran> => {
      const running = new CodeStep(desk, this.#available, (name, text) => this.#textResults.push({ name, text }));
      const output = await running.run(sandbox, step.code ?? '', { midway });
      this.#hasRun = true;
      return { output, made: output.error ? running.callLines : '' };
    };
    try {
      return await run(this.#sandbox);
    } catch (error) {
      if (!(error instanceof CellLostError)) throw error; // its thread had ended between steps: nothing has run
      this.#dispose(this.#sandbox);
      this.#sandbox = await this.#openedAnew(step);
      return run(this.#sandbox);
    }
  }

  /** The sandbox as the last step left it; where that is not kept, an empty one, and the model is told. */
  async #openedAnew(step: ActionStep): Promise<Sandbox> {
    const left = await lastLeft(this.#context.log);
    if (left === undefined) return this.#opened();
    if (left !== 'lost') return this.#opened({ snapshot: left, variables: {} });
    step.notes = [VARIABLES_ARE_GONE];
    return this.#opened({ snapshot: undefined, variables: Object.fromEntries(this.#context.state) });
  }

  /** Closes a sandbox that opens when the run has ended meanwhile. */
  async #opened(start: SandboxStart = this.#start): Promise<Sandbox> {
    const opening = openSandbox(start, this.#available.values(), this.#settings, this.#context);
    try {
      const { sandbox, unset } = await abortable(opening, this.#context.signal);
      this.#unset = unset;
      return sandbox;
    } catch (error) {
      opening.then(({ sandbox }) => this.#dispose(sandbox)).catch(() => {});
      throw error;
    }
  }

  /** Writes the observation, and the answer where there is one; gives the error of the step. */
  async #finish(step: ActionStep, output: CodeOutput, desk: CallDesk, made: string): Promise<AgentError | undefined> {
    step.output = output.answer ? output.answer.value : output.value;
    if (output.error) {
      const lines = output.logs ? [`Execution logs:\n${output.logs}`] : []; // as they are, like smolagents
      const notUndone = made && STOPPED.has(output.error.kind);
      if (notUndone) lines.push(`Calls that the code had made:\n${made}`);
      if (lines.length) step.observations = lines.join('\n');
      return codeFailure(output.error, this.#available, notUndone ? CALLS_HOLD : '');
    }
    const notes = codeNotes(step.code ?? '', output, this.#unset);
    this.#unset = [];
    if (notes.length) step.notes = [...(step.notes ?? []), ...notes];
    if (output.answer) {
      const accepted = this.#refused || takesNothing(findCallable(FINAL_ANSWER, this.#available));
      const refusal = accepted ? undefined : answerRefusal(output.answer.value, this.#textResults);
      if (refusal) {
        this.#refused = true;
        if (output.logs) step.observations = codeObservation(output);
        return new AgentExecutionError(refusal);
      }
      return this.#answer(step, output, desk);
    }
    step.observations = codeObservation(output);
    return undefined;
  }

  /** Runs the `final_answer` tool on what the code gave it: it may be one of the developer's own. */
  async #answer(step: ActionStep, output: CodeOutput, desk: CallDesk): Promise<AgentError | undefined> {
    const { context } = desk;
    const value = output.answer?.value;
    const callable = findCallable(FINAL_ANSWER, this.#available);
    const nothing = takesNothing(callable) ? [] : [null]; // `undefined` that the model insists on
    const single = value === undefined ? nothing : [value];
    const takesSeveral = Object.keys(callable.facts.inputs).length > 1;
    const positional = takesSeveral ? (output.answer?.args ?? single) : single; // else what is too much is left out
    const bind = () => bindArguments(callable.facts, positional);
    const call = { id: answerId(step.number), name: FINAL_ANSWER, arguments: positional };
    const past = desk.replay.byId(call.id);
    let turn: CallTurn | undefined;
    try {
      turn = past?.outcome
        ? context.calls.told(call, step.number)
        : await context.calls.enter(call, step.number, context.signal);
      const ticket = { call, bind, positional, past, signal: context.signal };
      const answer = past?.outcome ? outputOf(past.outcome) : await makeCall(callable, ticket, desk);
      step.finalAnswer = answer;
      step.output = answer;
      step.observations = codeObservation({ ...output, value: answer });
      turn.end(); // whether it is one is not known before its checks
      return undefined;
    } catch (cause) {
      if (context.signal.aborted || cause instanceof RunWaits) turn?.end();
      context.signal.throwIfAborted();
      if (cause instanceof RunWaits) {
        await context.log.write({
          type: 'waiting',
          number: step.number,
          calls: cause.calls,
          held: [call],
          elapsedMs: context.spending.elapsedMs(),
        });
        throw cause;
      }
      const failure = callFailure(FINAL_ANSWER, cause);
      turn?.end(failure.message);
      return failure;
    }
  }
}

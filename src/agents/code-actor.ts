import { runtime } from '#runtime';
import { type AgentError, AgentExecutionError } from '../errors';
import {
  type CodeError,
  type CodeOutput,
  DEFAULT_LIMITS,
  type Executor,
  type GuestCall,
  type Sandbox,
} from '../executors/executor';
import { cut, show } from '../executors/show';
import type { ActionStep } from '../memory/step';
import { NO_TOKENS } from '../memory/usage';
import type { ModelReply } from '../models/model';
import { bindArguments } from '../tools/arguments';
import type { Actor, ActorMaker } from './actor';
import type { AgentEvent } from './agent';
import { type Callable, type CallDesk, callables, callFailure, findCallable, runCall } from './call-tool';
import { answerRefusal, codeObservation, codeWarnings, failureHint } from './code-observations';
import { abortable, errorRecord, type RunContext } from './context';
import { refuseCutOff } from './cut-off';
import { asMedia, keepMedia } from './media';
import { closeCodeBlock, isOpenEnded, parseCode, parseStructuredCode } from './parse';
import type { Scope } from './scope';
import type { AgentSettings } from './settings';
import { streamWhile } from './stream-while';

const STOP = ['Observation:', 'Calling tools:'];
const END_LIMIT_MS = 2_000; // for the snapshot at a run's end; a host that takes longer has lost its variables
const INTERPRETER = 'javascript_interpreter';
const FINAL_ANSWER = 'final_answer';
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
export const codeActor: ActorMaker = (settings, context, snapshot) => new CodeActor(settings, context, snapshot);

class CodeActor implements Actor {
  readonly question: Actor['question'];
  readonly #settings: AgentSettings;
  readonly #context: RunContext;
  readonly #available: ReadonlyMap<string, Callable>;
  readonly #snapshot: Uint8Array | undefined;
  readonly #textResults: { name: string; text: string }[] = [];
  #sandbox: Sandbox | undefined;
  #refused = false;

  constructor(settings: AgentSettings, context: RunContext, snapshot: Uint8Array | undefined) {
    const [opening, closing] = settings.codeBlockTags;
    const stop = settings.useStructuredOutputsInternally || opening.includes(closing) ? STOP : [...STOP, closing];
    this.question = settings.useStructuredOutputsInternally ? { stop, responseFormat: STRUCTURED_REPLY } : { stop };
    this.#settings = settings;
    this.#context = context;
    this.#available = callables(settings);
    this.#snapshot = snapshot;
  }

  async *act(step: ActionStep, reply: ModelReply, scope: Scope): AsyncGenerator<AgentEvent, void> {
    const { path, runId, memory } = this.#context;
    const about = { path, runId, step: step.number };
    const code = this.#read(step, reply);
    step.code = code;
    const call = { id: `call_${memory.steps.length}`, name: INTERPRETER, arguments: code };
    step.toolCalls = [call];
    yield { type: 'tool-call', call, ...about };
    const { output, desk } = yield* streamWhile<AgentEvent, { output: CodeOutput; desk: CallDesk }>(async (emit) => {
      const desk: CallDesk = { settings: this.#settings, context: this.#context, scope, emit, managedUsage: NO_TOKENS };
      try {
        return { output: await this.#run(step, code, desk), desk };
      } finally {
        if (desk.managedUsage !== NO_TOKENS) step.managedUsage = desk.managedUsage;
      }
    });
    const failure = await this.#finish(step, output, desk);
    yield codeEvent(output, step, failure, about);
    if (failure) throw failure;
  }

  async end({ isContinued }: { isContinued: boolean }): Promise<Uint8Array | undefined> {
    const sandbox = this.#sandbox;
    if (!sandbox) return undefined;
    const { clock } = this.#context;
    const waiting = new AbortController();
    const release = clock.hold?.(); // a snapshot takes real time
    try {
      if (!isContinued) return undefined;
      return await Promise.race([sandbox.snapshot(), clock.sleep(END_LIMIT_MS, waiting.signal).then(() => undefined)]);
    } finally {
      waiting.abort();
      release?.();
      Promise.resolve(sandbox[Symbol.asyncDispose]()).catch(() => {}); // nobody waits for a host that does not close
    }
  }

  #read(step: ActionStep, reply: ModelReply): string {
    const { codeBlockTags, useStructuredOutputsInternally } = this.#settings;
    const content = reply.content ?? '';
    if (useStructuredOutputsInternally) return parseStructuredCode(content, codeBlockTags);
    const code = parseCode(content, codeBlockTags);
    if (isOpenEnded(content, codeBlockTags)) refuseCutOff(reply, 'inside its code');
    step.text = closeCodeBlock(step.text, codeBlockTags);
    return code;
  }

  async #run(step: ActionStep, code: string, desk: CallDesk): Promise<CodeOutput> {
    const { signal } = this.#context;
    const release = this.#context.clock.hold?.(); // the engine is fetched in real time
    try {
      this.#sandbox ??= await this.#opened();
    } finally {
      release?.();
    }
    const running = this.#sandbox.run(code, {
      file: `step_${step.number}.js`,
      signal,
      call: (call) => this.#call(call, step, desk),
    });
    return abortable(running, signal);
  }

  /** Closes a sandbox that opens when the run has ended meanwhile. */
  async #opened(): Promise<Sandbox> {
    const opening = this.#open();
    try {
      return await abortable(opening, this.#context.signal);
    } catch (error) {
      opening.then((sandbox) => sandbox[Symbol.asyncDispose]()).catch(() => {});
      throw error;
    }
  }

  async #open(): Promise<Sandbox> {
    const { executor, stepTimeoutMs, maxPrintOutputsLength, modules } = this.#settings;
    const { clock, newVariables } = this.#context;
    const host: Executor = executor ?? (await runtime.executor());
    const functions = [...this.#available.values()]
      .filter(({ facts }) => facts.name !== FINAL_ANSWER)
      .map((callable) => ({
        name: callable.facts.name,
        untimed: 'delegate' in callable || callable.tool.untimed === true,
      }));
    const limits = { ...DEFAULT_LIMITS, timeoutMs: stepTimeoutMs, maxPrintCharacters: maxPrintOutputsLength };
    const sandbox = await host.open({
      functions,
      modules,
      limits,
      clock,
      ...(this.#snapshot && { snapshot: this.#snapshot }),
    });
    try {
      if (Object.keys(newVariables).length) await sandbox.define(newVariables);
      return sandbox;
    } catch (error) {
      await sandbox[Symbol.asyncDispose](); // nobody else knows of it
      throw error;
    }
  }

  /** A call that the code makes. What it throws reaches the code as an Error of the same name and message. */
  async #call({ id, name, args, signal }: GuestCall, step: ActionStep, desk: CallDesk): Promise<unknown> {
    const callable = findCallable(name, this.#available);
    const named = bindArguments(callable.facts, args);
    const about = { path: this.#context.path, runId: this.#context.runId, step: step.number };
    const call = { id, name, arguments: named };
    desk.emit({ type: 'tool-call', call, ...about });
    try {
      const output = await runCall(callable, { id, named, positional: args, signal }, desk);
      const media = await asMedia(output, callable.facts.outputType);
      if (media) keepMedia(media, this.#context.state);
      const text = show(media ?? output).trim();
      if (typeof output === 'string') this.#textResults.push({ name, text });
      desk.emit({ type: 'tool-result', call, result: { id, output: media ?? output, text }, ...about });
      return media ?? output;
    } catch (error) {
      const failure = callFailure(name, error);
      desk.emit({
        type: 'tool-result',
        call,
        result: { id, text: failure.message, error: errorRecord(failure) },
        ...about,
      });
      throw error;
    }
  }

  /** Writes the observation, and the answer where there is one; gives the error of the step. */
  async #finish(step: ActionStep, output: CodeOutput, desk: CallDesk): Promise<AgentError | undefined> {
    step.output = output.answer ? output.answer.value : output.value;
    if (output.error) {
      if (output.logs) step.observations = `Execution logs:\n${output.logs}`; // as they are, like smolagents
      return this.#codeFailure(output.error);
    }
    if (output.answer) {
      const accepted = this.#refused || takesNothing(findCallable(FINAL_ANSWER, this.#available));
      const refusal = accepted ? undefined : answerRefusal(output.answer.value, this.#textResults);
      if (refusal) {
        this.#refused = true;
        if (output.logs) step.observations = codeObservation(output, undefined);
        return new AgentExecutionError(refusal);
      }
      return this.#answer(step, output, desk);
    }
    step.observations = codeObservation(output, codeWarnings(step.code ?? ''));
    return undefined;
  }

  /** Runs the `final_answer` tool on what the code gave it: it may be one of the developer's own. */
  async #answer(step: ActionStep, output: CodeOutput, desk: CallDesk): Promise<AgentError | undefined> {
    const { context } = desk;
    const value = output.answer?.value;
    try {
      const callable = findCallable(FINAL_ANSWER, this.#available);
      const nothing = takesNothing(callable) ? [] : [null]; // `undefined` that the model insists on
      const single = value === undefined ? nothing : [value];
      const takesSeveral = Object.keys(callable.facts.inputs).length > 1;
      const positional = takesSeveral ? (output.answer?.args ?? single) : single; // else what is too much is left out
      const named = bindArguments(callable.facts, positional);
      const answer = await runCall(
        callable,
        { id: `${FINAL_ANSWER}_${step.number}`, named, positional, signal: context.signal },
        desk,
      );
      step.finalAnswer = answer;
      step.output = answer;
      step.observations = codeObservation({ ...output, value: answer }, undefined);
      return undefined;
    } catch (cause) {
      context.signal.throwIfAborted();
      return callFailure(FINAL_ANSWER, cause);
    }
  }

  #codeFailure(error: CodeError): AgentExecutionError {
    const where = error.source === undefined ? '' : ` at line '${cut(error.source.trim(), 300)}'`;
    const hint = failureHint(error, this.#available);
    return new AgentExecutionError(`Code execution failed${where} due to: ${error.name}: ${error.message}${hint}`);
  }
}

/** Whether a tool can be called without an argument. */
function takesNothing({ facts }: Callable): boolean {
  return Object.values(facts.inputs).every(({ nullable }) => nullable === true);
}

function codeEvent(
  output: CodeOutput,
  step: ActionStep,
  failure: AgentError | undefined,
  about: { path: readonly string[]; runId: string; step: number },
): AgentEvent {
  return {
    type: 'code-output',
    logs: output.logs,
    ...('value' in output && { output: output.value }),
    ...('finalAnswer' in step && { answer: { value: step.finalAnswer } }),
    ...(failure && { error: errorRecord(failure) }),
    ...about,
  };
}

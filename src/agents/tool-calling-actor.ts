import { type AgentError, AgentExecutionError, AgentParsingError } from '../errors';
import { show } from '../executors/show';
import type { ActionStep, ToolResult } from '../memory/step';
import { NO_TOKENS } from '../memory/usage';
import type { ImagePart, ModelReply, ToolCall } from '../models/model';
import { readArguments } from '../tools/arguments';
import { toolSchema } from '../tools/describe';
import { isPromise } from '../web/is-promise';
import type { Actor, ActorMaker } from './actor';
import type { AgentEvent } from './agent';
import type { CallTurn } from './calls/call-tally';
import { type Callable, type CallDesk, callables, callFailure, findCallable, openDesk } from './calls/call-tool';
import { RunWaits } from './calls/human';
import { makeCall } from './calls/make-call';
import { type AudioPart, asMedia, keepMedia, mayBeMedia } from './media';
import { parseToolCall } from './parse';
import { outputOf } from './replay';
import { errorRecord, type RunContext } from './runs/context';
import { refuseCutOff } from './runs/cut-off';
import { errorLike } from './runs/error-like';
import { streamWhile } from './runs/stream-while';
import type { Scope } from './scope';
import type { AgentSettings } from './settings';

const STOP = ['Observation:', 'Calling tools:'];
const FINAL_ANSWER = 'final_answer';

/** Acts by the tool calls of a reply, all at once, results in the model's order. */
export const toolCallingActor: ActorMaker = (settings) => {
  const available = callables(settings);
  const tools = [...available.values()].map((callable) => toolSchema(callable.facts));
  const question = { tools, toolChoice: 'required', stop: STOP } as const;
  return (context) => new ToolCallingActor(settings, context, available, question);
};

/** A class, since a generator function made for each run has V8 keep all that it sees until the next full collection. */
class ToolCallingActor implements Actor {
  readonly question: Actor['question'];
  readonly #settings: AgentSettings;
  readonly #context: RunContext;
  readonly #available: ReadonlyMap<string, Callable>;

  constructor(
    settings: AgentSettings,
    context: RunContext,
    available: ReadonlyMap<string, Callable>,
    question: Actor['question'],
  ) {
    this.#settings = settings;
    this.#context = context;
    this.#available = available;
    this.question = question;
  }

  async ready(): Promise<void> {}

  read(step: ActionStep, reply: ModelReply, known: readonly ToolCall[] | undefined): void {
    step.toolCalls = known?.length ? [...known] : readCalls(reply, this.#available, this.#context);
  }

  act(step: ActionStep, scope: Scope): AsyncGenerator<AgentEvent, void> | Promise<void> {
    return this.#context.isRead ? this.#tell(step, scope) : this.#work(step, scope);
  }

  async *#tell(step: ActionStep, scope: Scope): AsyncGenerator<AgentEvent, void> {
    const about = { path: this.#context.path, runId: this.#context.runId, step: step.number };
    for (const call of step.toolCalls) yield { type: 'tool-call', call, ...about };
    yield* streamWhile<AgentEvent, void>((emit) =>
      this.#work(step, scope, emit, (call, result) => emit({ type: 'tool-result', call, result, ...about })),
    );
  }

  async #work(step: ActionStep, scope: Scope, emit: CallDesk['emit'] = untold, announce: Announce = untold) {
    const desk = openDesk(this.#settings, this.#context, scope, emit, step.number);
    let outcomes: readonly Outcome[];
    try {
      outcomes = await callAll(step, this.#available, desk, announce);
    } finally {
      if (desk.managedUsage !== NO_TOKENS) step.managedUsage = desk.managedUsage;
    }
    finishStep(step, outcomes);
  }

  snapshot(): undefined {}

  async end(): Promise<undefined> {}
}

type Announce = (call: ToolCall, result: ToolResult) => void;

function untold(): void {}

/** What one call came to. `error` beside `result.error`, to be thrown. */
interface Outcome {
  result: ToolResult;
  error?: AgentError;
}

function readCalls(
  reply: ModelReply,
  available: ReadonlyMap<string, Callable>,
  { ids, memory }: RunContext,
): ToolCall[] {
  const written = reply.toolCalls.length
    ? reply.toolCalls
    : [{ id: '', ...parseToolCall(reply.content ?? '', (name) => available.has(name)) }];
  if (written.some(({ name }) => !name)) {
    throw new AgentParsingError(
      `A tool call of the reply has no name. It must be one of ${[...available.keys()].join(', ')}.`,
    );
  }
  const calls: ToolCall[] = [];
  const isTaken = (id: string) =>
    hasCall(calls, id) || memory.steps.some((step) => step.type === 'action' && hasCall(step.toolCalls, id));
  for (const { id, name, arguments: args } of written) {
    // endpoints send empty ids, and the same one twice; the others can be no part of an address, and no key of answers
    const isUsable = id && !/^(\.{1,2}|__proto__)$/.test(id) && !isTaken(id);
    const unique = isUsable ? id : `call_${ids()}`;
    calls.push({ id: unique, name, arguments: parsedArguments(args) });
  }
  const open = calls.find(({ arguments: args }) => typeof args === 'string');
  if (open) refuseCutOff(reply, `inside the call of ${open.name}`); // text may be the half of what was meant
  return [...calls]; // what was pushed to keeps room for many more
}

function hasCall(calls: readonly ToolCall[], id: string): boolean {
  return calls.some((call) => call.id === id);
}

/** JSON text becomes its value, so that memory holds what was meant; text that is no JSON stays text. */
function parsedArguments(args: unknown): unknown {
  if (typeof args !== 'string') return args ?? {};
  if (!args.trim().startsWith('{')) return args; // a bare text may be the value of the only input
  try {
    return JSON.parse(args);
  } catch {
    return args;
  }
}

/** Makes all calls. Throws `RunWaits` when those that need nobody are done and others wait for a human. */
async function callAll(
  { toolCalls }: ActionStep,
  available: ReadonlyMap<string, Callable>,
  desk: CallDesk,
  announce: Announce,
): Promise<Outcome[]> {
  const tell = (call: ToolCall, outcome: Outcome | RunWaits) => {
    if (!(outcome instanceof RunWaits)) announce(call, outcome.result);
    return outcome;
  };
  const make = async (call: ToolCall) => tell(call, await callOne(call, false, available, desk));
  const [only] = toolCalls;
  const made =
    only && toolCalls.length === 1
      ? [tell(only, await callOne(only, true, available, desk))]
      : await allOf(toolCalls, make, desk.settings.maxParallelTools);
  if (made.every((outcome): outcome is Outcome => !(outcome instanceof RunWaits))) return made;
  const held = toolCalls.filter((_, index) => made[index] instanceof RunWaits);
  const calls = made.flatMap((outcome) => (outcome instanceof RunWaits ? outcome.calls : []));
  await desk.context.log.write({
    type: 'waiting',
    number: desk.number,
    calls,
    held,
    elapsedMs: desk.context.spending.elapsedMs(),
  });
  throw new RunWaits(calls);
}

/** What the deed gives for each, so many at a time. */
async function allOf<Item, Result>(
  items: readonly Item[],
  deed: (item: Item) => Promise<Result>,
  most: number,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries(); // shared: each takes the next one
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await deed(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  return results;
}

async function callOne(
  call: ToolCall,
  alone: boolean,
  available: ReadonlyMap<string, Callable>,
  desk: CallDesk,
): Promise<Outcome | RunWaits> {
  const { state, calls } = desk.context;
  const signal = alone ? desk.context.signal : AbortSignal.any([desk.context.signal]); // many listeners on one are taken for a leak
  const past = desk.replay.byId(call.id);
  let turn: CallTurn | undefined;
  try {
    signal.throwIfAborted();
    if (call.name === FINAL_ANSWER && !alone) {
      throw new AgentExecutionError(
        'final_answer was called together with other tools. Call it alone, when their results are known.',
      );
    }
    const entering = past?.outcome ? calls.told(call, desk.number) : calls.enter(call, desk.number, signal);
    turn = isPromise(entering) ? await entering : entering;
    if (past?.outcome) {
      const output = outputOf(past.outcome);
      const media = await asMedia(output, available.get(call.name)?.facts.outputType);
      const result = resultOf(call, output, media, state);
      turn.end(countedText(result, call));
      return { result };
    }
    const callable = findCallable(call.name, available);
    const bind = () => fromState(readArguments(callable.facts, call.arguments), state);
    const output = await makeCall(callable, { call, bind, positional: undefined, past, signal }, desk);
    const { outputType } = callable.facts;
    const media = mayBeMedia(output, outputType) ? await asMedia(output, outputType) : undefined;
    const result = resultOf(call, output, media, state);
    turn.end(countedText(result, call));
    return { result };
  } catch (cause) {
    if (signal.aborted || cause instanceof RunWaits) turn?.end();
    signal.throwIfAborted();
    if (cause instanceof RunWaits) return cause;
    const error = cause instanceof AgentExecutionError ? cause : callFailure(call.name, cause);
    turn?.end(error.message);
    return { result: { id: call.id, text: error.message, error: errorRecord(error) }, error };
  }
}

/** Whether an answer is one is not known before its checks. */
function countedText({ text }: ToolResult, { name }: ToolCall): string | undefined {
  return name === FINAL_ANSWER ? undefined : text;
}

/** Text arguments that name a value of the run's state become that value; memory keeps the name. */
function fromState(
  named: Readonly<Record<string, unknown>>,
  state: ReadonlyMap<string, unknown>,
): Readonly<Record<string, unknown>> {
  if (state.size === 0) return named;
  return Object.fromEntries(
    Object.entries(named).map(([key, value]) => [
      key,
      typeof value === 'string' && state.has(value) ? state.get(value) : value,
    ]),
  );
}

function resultOf(
  call: ToolCall,
  output: unknown,
  media: ImagePart | AudioPart | undefined,
  state: Map<string, unknown>,
): ToolResult {
  if (!media || call.name === FINAL_ANSWER)
    return { id: call.id, output: media ?? output, text: media ? `a ${media.type}` : show(output).trim() };
  const name = keepMedia(media, state);
  return { id: call.id, output: media, text: `Stored as "${name}": name it so in later calls.` };
}

function finishStep(step: ActionStep, outcomes: readonly Outcome[]): void {
  step.toolResults = outcomes.map(({ result }) => result);
  const good = step.toolResults.filter(({ error }) => !error);
  if (good.length) step.observations = good.map(({ text }) => text).join('\n');
  const failures = outcomes.flatMap(({ error }) => error ?? []);
  const [first] = failures;
  if (first && failures.length === 1) throw first;
  if (first) throw errorLike(first, { message: failures.map(({ message }) => message).join('\n'), cause: failures });
  const [only] = step.toolCalls;
  if (only?.name !== FINAL_ANSWER) return;
  step.finalAnswer = good[0]?.output;
}

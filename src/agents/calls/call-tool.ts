import { AgentError, AgentToolExecutionError } from '../../errors';
import { addUsage, NO_TOKENS } from '../../memory/usage';
import type { TokenUsage, ToolCall } from '../../models/model';
import { executeTool } from '../../tools/arguments';
import type { AnyTool, ToolFacts } from '../../tools/tool';
import { abortable } from '../../web/abortable';
import { nearName } from '../../web/near-name';
import { ofCall } from '../../web/of-call';
import type { AgentEvent } from '../agent';
import { managedReplies, Replay } from '../replay';
import type { ManagedSpent } from '../runs/budget';
import { describeError, type RunContext } from '../runs/context';
import type { Scope } from '../scope';
import type { AgentSettings } from '../settings';
import type { Delegate, DelegateCall } from './delegate';
import { DELEGATE_INPUTS } from './delegate-inputs';
import { toolHandle } from './tool-handle';

const NO_RESPONSE = 'execute gave a Response, which no model can read; give its text() or json()';

/** What one step needs to call tools and managed agents. */
export interface CallDesk {
  settings: AgentSettings;
  context: RunContext;
  /** The step's scope. */
  scope: Scope;
  emit(event: AgentEvent): void;
  /** Number of the step. */
  number: number;
  /** What is known of the step's calls, where it is gone on with. */
  replay: Replay;
  /** Tokens of managed agents called so far in this step. */
  managedUsage: TokenUsage;
  /** How many of the run's found addresses the log tells of. */
  toldAddresses: number;
  /** What each call of a managed agent spent, by its id; absent where none was called. */
  managedSpent?: Map<string, ManagedSpent>;
}

/** The desk of a step; of the step that the run goes on with, what is known of its calls is on it. */
export function openDesk(
  settings: AgentSettings,
  context: RunContext,
  scope: Scope,
  emit: CallDesk['emit'],
  number: number,
): CallDesk {
  const known = context.underWay?.number === number ? context.underWay : undefined;
  const replay = known ? new Replay(known) : NOTHING_KNOWN;
  const paid = managedReplies(replay.records, settings.model.modelId);
  const managedUsage = paid.reduce((sum, { usage }) => addUsage(sum, usage), NO_TOKENS);
  const toldAddresses = context.addresses.count;
  return { settings, context, scope, emit, number, replay, managedUsage, toldAddresses };
}

/** Of most steps; it has nothing to give away. */
const NOTHING_KNOWN = new Replay(undefined);

/** A tool or managed agent under the name by which it is called. */
export type Callable = { facts: ToolFacts; tool: AnyTool } | { facts: ToolFacts; delegate: Delegate };

/** What can be called, by name, in the order given. */
export function callables({
  tools,
  managedAgents,
}: Pick<AgentSettings, 'tools' | 'managedAgents'>): ReadonlyMap<string, Callable> {
  const named = new Map<string, Callable>();
  for (const tool of tools) named.set(tool.name, { facts: tool, tool });
  for (const delegate of managedAgents) {
    const { name = '', description = '' } = delegate;
    named.set(name, { facts: { name, description, inputs: DELEGATE_INPUTS, outputType: 'string' }, delegate });
  }
  return named;
}

/** The tool of that name, or an error that lists what exists, with arguments, and the nearest name. */
export function findCallable(name: string, available: ReadonlyMap<string, Callable>): Callable {
  const found = available.get(name);
  if (found) return found;
  throw new AgentToolExecutionError(`There is no tool "${name}". ${whatExists(name, available)}`);
}

/** A sentence that helps a model which called something that does not exist. */
export function whatExists(name: string, available: ReadonlyMap<string, Callable>): string {
  const near = available.get(nearName(name, available.keys()) ?? '');
  const hint = near ? `Did you mean ${signature(near.facts)}? ` : '';
  return `${hint}These exist, and no others: ${[...available.values()].map(({ facts }) => signature(facts)).join('; ')}.`;
}

export interface AcceptedCall {
  call: ToolCall;
  /** Arguments by name. */
  named: Readonly<Record<string, unknown>>;
  /** What `acceptArguments` made of them. */
  accepted: unknown;
  /** As the code gave them; undefined for a call of the model. */
  positional: readonly unknown[] | undefined;
  signal: AbortSignal;
}

/** What a call gave, and what managed agents spent for it. */
export interface CallReport {
  output: unknown;
  managedUsage?: TokenUsage;
}

/** Writes one call down whose arguments were checked, and runs it. Throws whatever the tool or managed agent threw. */
export async function runCall(callable: Callable, ticket: AcceptedCall, desk: CallDesk): Promise<CallReport> {
  const { call } = ticket;
  const writing = desk.context.log.write({ type: 'call', number: desk.number, call });
  if (writing) await writing;
  if ('delegate' in callable) return runDelegate(callable, ticket, desk);
  const { tool } = callable;
  beginCall(tool, desk.context);
  const watched = desk.scope.child({
    type: 'tool',
    tool,
    callId: call.id,
    args: ticket.positional,
    named: ticket.named,
  });
  const { addresses } = desk.context;
  const clock = ofCall(desk.context.clock, call.id);
  const fetch = ofCall(desk.context.fetch, call.id);
  try {
    const handle = toolHandle(watched, { signal: ticket.signal, fetch, clock, callId: call.id, addresses });
    const executing = watched.with(() => executeTool(tool, ticket.accepted, handle));
    const { signal, waits } = desk.context;
    const output = await (ticket.signal === signal ? waits.for(executing) : abortable(executing, ticket.signal));
    if (isResponse(output)) throw new TypeError(NO_RESPONSE);
    watched.end({ type: 'output', output });
    return { output };
  } catch (error) {
    ticket.signal.throwIfAborted();
    watched.end({ type: 'failure', error });
    throw error;
  } finally {
    watched.end();
  }
}

async function runDelegate(
  { facts, delegate }: Extract<Callable, { delegate: Delegate }>,
  { call: { id }, named, signal: signalOfCall }: AcceptedCall,
  desk: CallDesk,
): Promise<CallReport> {
  const { context, scope, emit } = desk;
  const { spending, addresses } = context;
  beginCall(facts, context);
  const signal = AbortSignal.any([signalOfCall, context.signal]); // that of a call of code hears of the run's end later
  let managedUsage = NO_TOKENS;
  const ofThisCall = spending.below();
  const paid = new Map<string, TokenUsage>();
  try {
    const call: DelegateCall = {
      task: String(named.task),
      additionalArgs: named.additional_args as Record<string, unknown> | undefined,
      runId: `${context.runId}/${id}`,
      path: context.path,
      log: context.log.below(id),
      emit,
      spend: (usage, modelId) => {
        managedUsage = addUsage(managedUsage, usage);
        paid.set(modelId, addUsage(paid.get(modelId) ?? NO_TOKENS, usage));
        desk.managedUsage = addUsage(desk.managedUsage, usage);
        context.spend(usage, modelId);
      },
    };
    const clock = ofCall(context.clock, id);
    const ids = ofCall(context.ids, id);
    const fetch = ofCall(context.fetch, id);
    const surroundings = { signal, scope, clock, ids, fetch, spending: ofThisCall, addresses };
    const working = context.delegations.add(Promise.resolve(scope.with(() => delegate.delegate(call, surroundings))));
    const report = await abortable(working, signal); // what was spent is known already
    return { output: report.text, ...(managedUsage !== NO_TOKENS && { managedUsage }) };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    const models = [...paid].map(([modelId, usage]) => ({ modelId, usage }));
    desk.managedSpent ??= new Map();
    desk.managedSpent.set(id, { ...ofThisCall.begun(), ...(models.length > 0 && { models }) });
  }
}

/** Throws the abort of a run whose budget allows no further call. */
function beginCall({ name }: ToolFacts, { spending, signal }: RunContext): void {
  if (name !== 'final_answer') spending.begin('toolCalls');
  signal.throwIfAborted();
}

/** What a model is told of a call that failed: its own mistake as it is, anything else with the tool's name. */
export function callFailure(name: string, error: unknown): AgentError {
  if (error instanceof AgentError && (error.code === 'tool_call' || error.code === 'tool_execution')) return error;
  return new AgentToolExecutionError(`${name} failed: ${describeError(error)}`, { cause: error });
}

/** By its tag: to name the class would make Node load all that fetches, for tools that fetch nothing. */
function isResponse(output: unknown): boolean {
  return Object.prototype.toString.call(output) === '[object Response]';
}

function signature({ name, inputs }: ToolFacts): string {
  const names = Object.entries(inputs).map(
    ([input, { type, nullable }]) => `${input}${nullable ? '?' : ''}: ${[type].flat().join(' | ')}`,
  );
  return names.length ? `${name}({ ${names.join(', ')} })` : `${name}()`;
}

import { AgentError, AgentToolExecutionError } from '../../errors';
import { thrownWords } from '../../executors/thrown';
import type { TokenUsage, ToolCall } from '../../models/model';
import { acceptArguments, givenArguments, type NamedArguments } from '../../tools/arguments';
import type { AnyTool } from '../../tools/tool';
import { abortable } from '../../web/abortable';
import { isPromise } from '../../web/is-promise';
import { showSetting } from '../../web/options';
import { isRecord } from '../../web/record';
import { asMedia, mayBeMedia } from '../media';
import { describeError } from '../runs/context';
import { type CallOutcome, callKey, type ResultFact } from '../saved/log-entry';
import type { CallRecord } from '../saved/point';
import { type AcceptedCall, type Callable, type CallDesk, type CallReport, runCall } from './call-tool';
import { cutOffCall } from './cut-off-call';
import { answersTo, RunWaits, type WaitingCall } from './human';
import { copyOf, editedBy, isSame, shownArguments } from './shown-arguments';

export interface CallTicket {
  /** As the log and the events tell it. */
  call: ToolCall;
  /** Its arguments by name, not yet checked. Throws `AgentToolCallError`. */
  bind(): NamedArguments;
  /** As the code gave them; undefined for a call of the model. */
  positional: readonly unknown[] | undefined;
  /** What an earlier run knew of this call, which had no result. */
  past: CallRecord | undefined;
  signal: AbortSignal;
}

/**
 * Makes one call: checks its arguments, asks `beforeToolCall` and, where one is needed, for a human's word; writes it
 * down and runs it. Throws `RunWaits` where the word is missing, `AgentToolCallError`, `AgentToolExecutionError` for a
 * call that was refused or cut off, or whatever the tool or managed agent threw.
 */
export async function makeCall(callable: Callable, ticket: CallTicket, desk: CallDesk): Promise<unknown> {
  try {
    const letting = letIn(callable, ticket, desk);
    const entry = isPromise(letting) ? await letting : letting;
    const { output, managedUsage } = 'output' in entry ? entry : await runCall(callable, entry, desk);
    const { outputType } = callable.facts;
    const media = mayBeMedia(output, outputType) ? await asMedia(output, outputType, ticket.signal) : undefined;
    const writing = writeOutcome({ output: media ?? output }, ticket, desk, managedUsage);
    if (writing) await writing;
    return output;
  } catch (error) {
    ticket.signal.throwIfAborted();
    desk.context.signal.throwIfAborted(); // that of a call of code hears of the run's end later
    if (!(error instanceof RunWaits)) await writeOutcome(failed(error), ticket, desk);
    throw error;
  }
}

function writeOutcome(
  outcome: CallOutcome,
  { call }: CallTicket,
  desk: CallDesk,
  managedUsage?: TokenUsage,
): Promise<void> | undefined {
  const { context, number, managedSpent } = desk;
  const { addresses } = context;
  const fact: ResultFact = { type: 'result', number, call, outcome };
  const spent = managedSpent?.get(call.id);
  if (managedUsage) fact.managedUsage = managedUsage;
  if (spent) fact.managedSpent = spent;
  if (addresses.count > desk.toldAddresses) {
    fact.found = addresses.found.slice(desk.toldAddresses);
    desk.toldAddresses = addresses.count;
  }
  return context.log.write(fact);
}

/** What may run, or what a human gave in its place. */
type Entry = AcceptedCall | CallReport;

/** Checks and asks. No promise where that is done at once, as for most calls. */
function letIn(callable: Callable, ticket: CallTicket, desk: CallDesk): Entry | Promise<Entry> {
  const { facts } = callable;
  if (ticket.past || desk.settings.beforeToolCall || facts.validate || mayWait(callable, desk))
    return askToLetIn(callable, ticket, desk);
  const named = ticket.bind();
  return accepted(ticket, named, givenArguments(facts, named));
}

async function askToLetIn(callable: Callable, ticket: CallTicket, desk: CallDesk): Promise<Entry> {
  const { call, past } = ticket;
  if (past?.began && !canRunAgain(callable)) throw cutOffCall(call.name);
  const { answer } = past ?? {};
  const allowed = answer && 'allow' in answer ? (answer.arguments ?? past?.waiting?.arguments) : undefined;
  let meant = await checked(callable, writtenFor(ticket, desk), ticket);
  if (desk.settings.beforeToolCall) meant = await letBy(callable, meant, allowed !== undefined, ticket, desk);
  if (answer && 'refuse' in answer) throw refusal(call.name, answer.refuse);
  const asked = mayWait(callable, desk) ? await waitingFor(callable, meant, ticket, desk) : undefined;
  const waiting = asked ?? (answer ? undefined : past?.waiting);
  if (waiting && !past?.began) {
    if (!answer || !answersTo(waiting, answer)) throw new RunWaits([waiting]);
    if ('answer' in answer) return { output: answer.answer };
    // what the schema makes of what a human wrote, no human has seen yet
    if (allowed && !isSame(waiting.arguments, allowed)) throw new RunWaits([waiting]);
  }
  return accepted(ticket, meant.named, meant.given);
}

/** What a human put in place, or what stood behind the arguments that a human saw; else as the model wrote them. */
function writtenFor({ past, bind }: CallTicket, { settings }: CallDesk): NamedArguments {
  const { answer, waiting } = past ?? {};
  return (
    (answer && waiting && editedBy(answer, waiting)) ??
    waiting?.written ??
    (settings.beforeToolCall ? waiting?.arguments : undefined) ??
    bind()
  );
}

/** Arguments as they were written, and what the tool's schema made of them, which is what runs. */
interface Meant {
  named: NamedArguments;
  given: unknown;
}

async function checked({ facts }: Callable, named: NamedArguments, { signal }: CallTicket): Promise<Meant> {
  return { named, given: await abortable(acceptArguments(facts, named), signal) };
}

/**
 * Asks `beforeToolCall`, once more where the schema makes something else of what it put in place: what runs, it has seen.
 * What a human allowed it can refuse, and not change.
 */
async function letBy(
  callable: Callable,
  meant: Meant,
  isAllowed: boolean,
  ticket: CallTicket,
  desk: CallDesk,
): Promise<Meant> {
  const { name } = callable.facts;
  const seen = shownArguments(name, meant.given);
  const edit = await askBefore(callable, seen, ticket, desk);
  if (!edit || isSame(edit, seen)) return meant;
  if (isAllowed && isSame(edit, meant.named)) return meant; // it has put that in place before
  if (isAllowed) throw editedAfterAll(name, 'those that a human had allowed');
  const changed = await checked(callable, edit, ticket);
  const made = shownArguments(name, changed.given);
  if (isSame(made, edit)) return changed;
  const again = await askBefore(callable, made, ticket, desk);
  if (again && !isSame(again, edit) && !isSame(again, made)) throw editedAfterAll(name, 'what became of its own');
  return changed;
}

function accepted({ call, positional, signal }: CallTicket, named: NamedArguments, given: unknown): AcceptedCall {
  return { call, named, accepted: given, positional, signal };
}

/** Gives the arguments that `beforeToolCall` puts in place of these. Throws for a call that it refuses. */
async function askBefore(
  callable: Callable,
  seen: NamedArguments,
  { call, signal }: CallTicket,
  { settings: { beforeToolCall }, context, scope, number }: CallDesk,
): Promise<NamedArguments | undefined> {
  if (!beforeToolCall) return undefined;
  const { name } = callable.facts;
  const asked = { name, arguments: copyOf(seen), callId: call.id, path: context.path, step: number };
  let verdict: unknown;
  try {
    verdict = await abortable(
      scope.with(() => beforeToolCall(asked, { signal, runId: context.runId })),
      signal,
    );
  } catch (cause) {
    signal.throwIfAborted();
    throw new AgentToolExecutionError(`${name} did not run: beforeToolCall threw ${describeError(cause)}`, { cause });
  }
  if (verdict === undefined) return undefined;
  if (isRecord(verdict) && typeof verdict.refuse === 'string') throw refusal(name, verdict.refuse);
  const args = isRecord(verdict) && verdict.allow === true ? (verdict.arguments ?? seen) : undefined;
  if (isRecord(args)) return args === seen ? undefined : args;
  throw new AgentToolExecutionError(
    `${name} did not run: beforeToolCall gave ${showSetting(verdict)}, must be nothing, { allow: true, arguments? } or { refuse: 'why' }`,
  );
}

function mayWait(callable: Callable, desk: CallDesk): boolean {
  if (!('tool' in callable)) return false;
  const { question, needsApproval } = callable.tool;
  return (question ?? needsApproval) !== undefined || isAskedAgain(callable.tool, desk);
}

/** Whether it was called before in the run that this one is a branch of, and a second time may do something again. */
function isAskedAgain({ name, idempotent }: AnyTool, { context }: CallDesk): boolean {
  return !idempotent && name !== 'final_answer' && context.askAbout.has(name);
}

async function waitingFor(
  callable: Callable,
  { named, given }: Meant,
  { call, signal }: CallTicket,
  desk: CallDesk,
): Promise<WaitingCall | undefined> {
  const { context, scope } = desk;
  if ('delegate' in callable) return undefined;
  const { name, needsApproval, question } = callable.tool;
  const shown = shownArguments(name, given);
  const about = {
    callId: callKey(context.log.within, call.id),
    name,
    arguments: shown,
    path: context.path,
    ...(!isSame(named, shown) && { written: named }),
  };
  const seen = copyOf(shown);
  if (question) return { ...about, kind: 'input', question: String(scope.with(() => question(seen))) };
  let isNeeded: boolean | undefined;
  try {
    const needed = typeof needsApproval === 'function' ? scope.with(() => needsApproval(seen)) : needsApproval;
    isNeeded = needed !== undefined && (await abortable(needed, signal));
  } catch (cause) {
    signal.throwIfAborted();
    throw new AgentToolExecutionError(`${name} did not run: needsApproval threw ${describeError(cause)}`, { cause });
  }
  return isNeeded || isAskedAgain(callable.tool, desk) ? { ...about, kind: 'approval' } : undefined;
}

/** A managed agent of this SDK goes on where it was; a tool may run twice only where it says so. */
function canRunAgain(callable: Callable): boolean {
  return 'delegate' in callable ? callable.delegate.resumable === true : callable.tool.idempotent === true;
}

function editedAfterAll(name: string, what: string): AgentError {
  return new AgentToolExecutionError(`${name} did not run: beforeToolCall put other arguments in place of ${what}.`);
}

function refusal(name: string, reason: string): AgentError {
  return new AgentToolExecutionError(`${name} was refused: ${reason}`);
}

function failed(error: unknown): CallOutcome {
  if (error instanceof AgentError) {
    const { name, message, code, kind } = error;
    return { error: { name, message, code, ...(kind && { kind }) } };
  }
  const { name, message } = thrownWords(error);
  return { error: { message, ...(name !== undefined && { name }) } };
}

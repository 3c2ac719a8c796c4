import { AgentConfigurationError, AgentToolCallError } from '../../errors';
import { decode } from '../../executors/codec';
import type { SavedState } from '../../executors/saved-state';
import { thrownWords } from '../../executors/thrown';
import { acceptArguments, type NamedArguments, readArguments } from '../../tools/arguments';
import { systemClock } from '../../web/clock';
import { isRecord } from '../../web/record';
import { type Callable, callables } from '../calls/call-tool';
import type { WaitingCall } from '../calls/human';
import { editedBy, isSame, shownArguments } from '../calls/shown-arguments';
import { boundArguments, fileOf } from '../code/code-step';
import { deedOf } from '../replay';
import type { AgentSettings } from '../settings';
import { isSameRun, type LogEntry } from './log-entry';
import { type LostStep, pointOf, type StartingPoint, type StepUnderWay, waitingCalls } from './point';
import { type ReadyPoint, shapeOf, withNote } from './run-shape';
import { unpacked } from './unpack-snapshot';

/** The least memory of an engine, in bytes: a sandbox that has no more fits every limit. */
const LEAST_MEMORY_BYTES = 3 * 1024 * 1024;

/** Throws an `AgentConfigurationError` where this agent cannot go on with the run. */
export function checkShape({ begin }: StartingPoint, settings: AgentSettings): void {
  const here = shapeOf(settings);
  const saved = begin.agent;
  if (saved.class !== here.class)
    throw new AgentConfigurationError(`The saved run is one of a ${saved.class}, and this is a ${here.class}`);
  for (const [what, kind] of [
    ['tool', 'tools'],
    ['managed agent', 'managedAgents'],
  ] as const) {
    const missing = saved[kind].find((name) => !here[kind].includes(name));
    if (missing !== undefined)
      throw new AgentConfigurationError(
        `The saved run has the ${what} "${missing}", which this ${here.class} lacks; it has ${here[kind].join(', ') || 'none'}`,
      );
  }
}

/** What `readyPoint` gives, once the runs of managed agents that were under way are found fit as well, at every depth. */
export async function checkedPoint(
  entries: readonly LogEntry[],
  within: readonly string[],
  settings: AgentSettings,
): Promise<ReadyPoint | undefined> {
  const point = await readyPoint(entries, within, settings);
  if (point?.underWay) checkShownBelow(entries, within, point.number, point.underWay);
  for (const { call, outcome } of point?.underWay?.records ?? []) {
    const member = settings.managedAgents.find(({ name }) => name === call.name);
    if (!outcome) await member?.checkSaved?.(entries, [...within, call.id]);
  }
  return point;
}

/**
 * Where a run goes on by its log; undefined where it has not begun. Throws an `AgentConfigurationError` for a log that
 * is not whole, one of another agent, and a sandbox that cannot be opened here: nothing has run then.
 */
export async function readyPoint(
  entries: readonly LogEntry[],
  within: readonly string[],
  settings: AgentSettings,
): Promise<ReadyPoint | undefined> {
  const point = pointOf(entries, within);
  if (!point) return undefined;
  checkShape(point, settings);
  const snapshot = point.underWay?.midway?.snapshot ?? point.snapshot;
  const lostSteps = stepsInNoSnapshot(point, settings);
  const canRepeat = lostSteps.length > 0 && point.begin.snapshot !== 'lost';
  const kept = snapshot === 'lost' || (canRepeat && !snapshot) ? await baseOf(point) : await snapshot;
  const sandbox = kept && (await unpacked(Promise.resolve(kept)));
  await checkShown(point, settings);
  await checkAllowed(point, settings);
  if (sandbox) await checkSandbox(sandbox, point, settings);
  const isLost = snapshot === 'lost' || (!sandbox && lostSteps.length > 0);
  if (isLost && !canRepeat) return { ...point, sandbox, lostSteps: [], memory: withNote(point.memory) };
  return { ...point, sandbox, lostSteps: isLost ? lostSteps : [] };
}

/** What the sandbox was when the run began. */
async function baseOf({ begin: { snapshot } }: StartingPoint): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return snapshot === 'lost' ? undefined : snapshot;
}

function stepsInNoSnapshot({ finished, made }: StartingPoint, { agentClass }: AgentSettings): LostStep[] {
  if (agentClass !== 'CodeAgent') return [];
  return finished.flatMap((step, index) => {
    const calls = made[index];
    return step.code !== undefined && calls ? [{ ...calls, step }] : [];
  });
}

async function checkSandbox(bytes: Uint8Array, point: StartingPoint, settings: AgentSettings): Promise<void> {
  const { isPacked, unpackState } = await import('../../executors/saved-state'); // only who goes on with code needs it
  if (settings.executor && !isPacked(bytes)) return; // what an executor of the app's own makes, it checks
  try {
    const saved = unpackState(bytes);
    checkStep(saved, point, settings);
    if (saved.state.memory.length > LEAST_MEMORY_BYTES) await tryToOpen(bytes, settings);
  } catch (cause) {
    throw new AgentConfigurationError(`The saved run cannot be gone on with: ${thrownWords(cause).message}`);
  }
}

/** Only who opens it knows the limit that an executor around another one sets. */
async function tryToOpen(snapshot: Uint8Array, settings: AgentSettings): Promise<void> {
  const { openSandbox } = await import('../code/open-sandbox');
  const { signal } = new AbortController(); // a run that is aborted meanwhile does not wait for it
  const start = { snapshot, variables: {} };
  const { sandbox } = await openSandbox(start, callables(settings).values(), settings, { clock: systemClock, signal });
  await sandbox[Symbol.asyncDispose]();
}

/**
 * A call that waits was shown to a human as it is: as the tool's schema makes it of what was written. `beforeToolCall` or
 * the human may have written something else than the model.
 */
async function checkShown({ underWay, state }: StartingPoint, settings: AgentSettings): Promise<void> {
  const available = callables(settings);
  for (const { call, waiting, outcome } of underWay?.records ?? []) {
    if (!waiting || outcome) continue;
    const callable = available.get(call.name);
    const meant = (settings.agentClass === 'CodeAgent' ? boundArguments : written)(callable, call.arguments);
    const isOfState =
      isRecord(meant) && Object.values(meant).some((value) => typeof value === 'string' && state.has(value));
    const isShown = waiting.written
      ? await isMadeOf(waiting.arguments, waiting.written, callable)
      : settings.beforeToolCall || isOfState || (isRecord(meant) && isSame(waiting.arguments, meant));
    if (waiting.name !== call.name || !isShown) throw shownOtherwise(waiting.callId);
  }
}

/** What a run showed of calls of its managed agents, they had shown themselves before. */
function checkShownBelow(
  entries: readonly LogEntry[],
  within: readonly string[],
  number: number,
  { shown, records }: StepUnderWay,
): void {
  const last = (type: 'reply' | 'waiting') =>
    entries.findLastIndex((entry) => entry.type === type && entry.number === number && isSameRun(entry.within, within));
  const asked = last('waiting');
  if (asked < 0) return;
  const isBelow = ({ within: ids }: LogEntry) =>
    ids.length > within.length && within.every((id, depth) => ids[depth] === id);
  const before = entries.slice(last('reply'), asked).filter((entry) => entry.type === 'answers' || isBelow(entry));
  const notOwn = shown.filter((call) => !records.some((record) => record.waiting === call));
  const waiting = waitingCalls(before);
  const told = (calls: readonly WaitingCall[]) => calls.map((call) => deedOf('', call)).toSorted();
  if (told(notOwn).join('\n') === told(waiting).join('\n')) return;
  throw shownOtherwise([...waiting, ...notOwn].map(({ callId }) => callId).join(', '));
}

async function isMadeOf(shown: NamedArguments, from: NamedArguments, callable: Callable | undefined): Promise<boolean> {
  if (!callable) return false;
  const { facts } = callable;
  try {
    return isSame(shown, shownArguments(facts.name, await acceptArguments(facts, from)));
  } catch {
    return false;
  }
}

function shownOtherwise(callId: string): AgentConfigurationError {
  return new AgentConfigurationError(
    `The saved run cannot be gone on with: it shows the call ${callId} as another one than is to be made`,
  );
}

/** Arguments that a human put in place fit the tool: a mistake in them is no mistake of the model. */
async function checkAllowed({ underWay }: StartingPoint, settings: AgentSettings): Promise<void> {
  const available = callables(settings);
  for (const { call, waiting, answer, began, outcome } of underWay?.records ?? []) {
    const edited = answer && waiting && editedBy(answer, waiting);
    const callable = available.get(call.name);
    if (!waiting || !edited || !callable || began || outcome) continue;
    try {
      await acceptArguments(callable.facts, edited);
    } catch (cause) {
      if (!(cause instanceof AgentToolCallError)) throw cause;
      const place = `answers[${JSON.stringify(waiting.callId)}].arguments`;
      throw new AgentConfigurationError(`The saved run cannot be gone on with: ${place}: ${cause.message}`, { cause });
    }
  }
}

/** The arguments by name; as they are where they cannot be read. */
function written(callable: Callable | undefined, args: unknown): unknown {
  try {
    return callable ? readArguments(callable.facts, args) : args;
  } catch {
    return args;
  }
}

/** A sandbox in the middle of a step is of that step, and waits for the calls that the log says it waits for. */
function checkStep({ step, state }: SavedState, { underWay, number }: StartingPoint, settings: AgentSettings): void {
  const { midway, reply } = underWay ?? {};
  if ((step !== undefined) !== (midway !== undefined))
    throw new Error(
      `its sandbox was saved ${step ? 'in the middle of a step' : 'between steps'}, and its log says otherwise`,
    );
  if (!step || !midway) return;
  if (step.code !== reply?.calls[0]?.arguments || step.file !== fileOf(number))
    throw new Error(`its sandbox runs other code than step ${number} of its log`);
  const available = callables(settings);
  const open = state.open.map(({ name, args }) => deedOf(name, boundArguments(available.get(name), decode(args))));
  const held = midway.held.map(({ name, arguments: args }) => deedOf(name, args));
  if (open.toSorted().join('\n') !== held.toSorted().join('\n'))
    throw new Error(`its sandbox waits for other calls than step ${number} of its log`);
}

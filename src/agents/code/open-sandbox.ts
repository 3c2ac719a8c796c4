import { runtime } from '#runtime';
import { DEFAULT_LIMITS, type Executor, type Sandbox } from '../../executors/executor';
import { ofCall, SANDBOX } from '../../web/of-call';
import type { KeptSandbox } from '../actor';
import type { Callable } from '../calls/call-tool';
import type { RunContext } from '../runs/context';
import { isSameRun, type RunLog } from '../saved/log-entry';
import type { AgentSettings } from '../settings';

/** What a sandbox is opened with: what an earlier one left, and variables that it does not know yet. */
export interface SandboxStart {
  snapshot: Uint8Array | undefined;
  variables: Readonly<Record<string, unknown>>;
}

/** A sandbox for the run's code. Throws what the host throws, and the `TypeError` of a variable that cannot cross. */
export async function openSandbox(
  { snapshot, variables }: SandboxStart,
  callables: Iterable<Callable>,
  { executor, stepTimeoutMs, maxPrintOutputsLength, modules }: AgentSettings,
  { clock: ofRun, signal }: Pick<RunContext, 'clock' | 'signal'>,
): Promise<Sandbox> {
  const clock = ofCall(ofRun, SANDBOX); // how often it is read hangs on the speed of the machine
  const host: Executor = executor ?? (await runtime.executor());
  const functions = [...callables]
    .filter(({ facts }) => facts.name !== 'final_answer')
    .map((callable) => ({
      name: callable.facts.name,
      untimed: 'delegate' in callable || callable.tool.untimed === true,
    }));
  const limits = { ...DEFAULT_LIMITS, timeoutMs: stepTimeoutMs, maxPrintCharacters: maxPrintOutputsLength };
  const sandbox = await host.open({ functions, modules, limits, clock, signal, ...(snapshot && { snapshot }) });
  try {
    if (Object.keys(variables).length) await sandbox.define(variables);
    return sandbox;
  } catch (error) {
    await sandbox[Symbol.asyncDispose](); // nobody else knows of it
    throw error;
  }
}

/** The sandbox as the last step of code left it; `lost` where it is not kept, undefined where no code has run. */
export async function lastLeft(log: RunLog): Promise<Uint8Array | 'lost' | undefined> {
  const kept = keptBy(log);
  return kept && ((await kept()) ?? 'lost');
}

/** What the log has of the sandbox after the last step of code; undefined where no code has run. */
export function keptBy({ entries, within }: RunLog): KeptSandbox | undefined {
  const last = entries.findLast(
    (entry) => entry.type === 'step' && entry.snapshot !== undefined && isSameRun(entry.within, within),
  );
  if (last?.type !== 'step') return undefined;
  return async () => {
    const { snapshot } = last;
    if (snapshot === undefined || snapshot === 'lost') return undefined;
    const { unpacked } = await import('../saved/unpack-snapshot'); // only who needs it pays
    return unpacked(snapshot).catch(() => undefined);
  };
}

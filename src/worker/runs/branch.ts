import * as z from 'zod';
import type { LogRecord } from '../../agents/agent';
import { AgentConfigurationError } from '../../errors';
import type { Objects } from '../objects';
import { Problem } from '../problem';
import type { HostedAgent } from '../worker-options';
import type { RunOrder } from './run-order';

const log = z.array(z.unknown());

/** The log that a run begins with which is a branch of another one. Throws a `Problem`. */
export async function branchOf(
  agent: HostedAgent,
  { task, owner, additionalArgs }: RunOrder,
  { runId, step, ...edits }: NonNullable<RunOrder['from']>,
  objects: Objects,
): Promise<LogRecord[]> {
  const body = JSON.stringify({ owner });
  const reply = await objects(`run ${runId}`).fetch(new Request('https://object/run/log', { method: 'POST', body }));
  if (!reply.ok) throw new Problem('There is no log of that run.', { status: 409, code: 'under_way' });
  const saved = log.parse(await reply.json());
  if (saved.length === 0) throw new Problem('That run ended before it began.', { status: 409, code: 'not_begun' });
  const given = Object.fromEntries(Object.entries(edits).filter(([, edit]) => edit !== undefined));
  return asProblem(() =>
    agent.branch(saved, step === undefined ? { task, ...(additionalArgs && { additionalArgs }) } : { step, ...given }),
  );
}

/** What does not fit a run is the visitor's mistake, and says which. */
export async function asProblem<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof AgentConfigurationError)) throw cause;
    throw new Problem(cause.message, { status: 400, code: 'bad_request', cause });
  }
}

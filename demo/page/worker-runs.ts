import { type AgentRun, type ForkEdits, type HumanAnswers, RemoteAgent } from 'smolagents-web';
import type { Going } from './local-runs';

/** The agent of the server that this page comes from. */
const agent = () => new RemoteAgent({ url: '/', agent: 'manager' });

/** A run in the worker. It can be read again by its id. */
class WorkerRun implements Going {
  readonly isHosted = true;
  readonly run: AgentRun;

  constructor(run: AgentRun) {
    this.run = run;
  }

  /** Begun by its route: the events of `continue` are wanted, and not its result alone. */
  async ask(task: string, signal: AbortSignal): Promise<Going> {
    const { runId } = await this.run.result;
    const reply = await fetch(`/runs/${encodeURIComponent(runId)}/continue`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ task, background: true }),
      signal,
    });
    const told: unknown = await reply.json();
    if (reply.ok && typeof told === 'object' && told !== null && 'runId' in told)
      return new WorkerRun(agent().resume(told.runId, { signal }));
    throw new Error(`This server refused to go on with the run: it answered ${reply.status}.`);
  }

  async answer(answers: HumanAnswers, signal: AbortSignal): Promise<Going> {
    const { runId } = await this.run.result;
    return new WorkerRun(agent().resume(runId, { answers, signal }));
  }

  async fork(step: number, edits: ForkEdits, signal: AbortSignal): Promise<Going> {
    return new WorkerRun(this.run.fork(step, edits, { signal }));
  }
}

export function startInWorker(task: string, maxSteps: number, signal: AbortSignal): Going {
  return new WorkerRun(agent().stream(task, { maxSteps, signal }));
}

/** A run that the worker still has. */
export function openInWorker(runId: string, signal: AbortSignal): Going {
  return new WorkerRun(agent().resume(runId, { signal }));
}

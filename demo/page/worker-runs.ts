import {
  type AgentEvent,
  AgentGenerationError,
  type AgentRun,
  type ErrorKind,
  type ForkEdits,
  type HumanAnswers,
  RemoteAgent,
} from 'smolagents-web';
import type { Choices } from './choices';
import { type Going, RefusedAnswer } from './local-runs';

/** The agent of the server that this page comes from. The token is empty where it wants none. */
const agentFor = (token: string) => new RemoteAgent({ url: '/', agent: 'manager', ...(token && { token }) });

const KINDS: Readonly<Record<number, ErrorKind>> = { 401: 'auth', 403: 'auth', 404: 'not_found' };

const headersFor = (token: string) => (token ? { authorization: `Bearer ${token}` } : undefined);

/** A run in the worker. It can be read again by its id. */
class WorkerRun implements Going {
  readonly isHosted = true;
  readonly choices = undefined;
  readonly run: AgentRun;
  readonly events: AsyncIterable<AgentEvent>;
  readonly #token: string;

  constructor(run: AgentRun, token: string, events: AsyncIterable<AgentEvent> = run) {
    this.run = run;
    this.events = events;
    this.#token = token;
  }

  /** Begun by its route: the events of `continue` are wanted, and not its result alone. */
  async ask(task: string, signal: AbortSignal): Promise<Going> {
    const { runId } = await this.run.result;
    const reply = await fetch(`${addressOf(runId)}/continue`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headersFor(this.#token) },
      body: JSON.stringify({ task, background: true }),
      signal,
    });
    const told: unknown = await reply.json();
    if (reply.ok && typeof told === 'object' && told !== null && 'runId' in told)
      return openInWorker(String(told.runId), this.#token, signal);
    throw new Error(`This server refused to go on with the run: it answered ${reply.status}.`);
  }

  async answer(answers: HumanAnswers, signal: AbortSignal): Promise<Going> {
    const { runId } = await this.run.result;
    const run = agentFor(this.#token).resume(runId, { answers, signal });
    const events = run[Symbol.asyncIterator]();
    const first = await events.next(); // of an answer that the server refused it is the end
    const refusal = !first.done && first.value.type === 'run-end' ? first.value.error : undefined;
    if (refusal?.kind === 'bad_request') {
      const { message } = refusal; // names the one that does not fit: none is taken then
      const given = Object.entries(answers);
      const [callId, answer] = given.find(([id]) => message.includes(`answers[${JSON.stringify(id)}]`)) ??
        given[0] ?? [''];
      throw new RefusedAnswer(message, callId, answer);
    }
    return new WorkerRun(run, this.#token, restOf(first, events));
  }

  async giveUp(): Promise<void> {
    const { runId } = await this.run.result;
    await fetch(addressOf(runId), { method: 'DELETE', headers: headersFor(this.#token), keepalive: true });
  }

  async fork(step: number, edits: ForkEdits, signal: AbortSignal): Promise<Going> {
    return new WorkerRun(this.run.fork(step, edits, { signal }), this.#token);
  }
}

const addressOf = (runId: string) => `/runs/${encodeURIComponent(runId)}`;

async function* restOf(
  first: IteratorResult<AgentEvent, void>,
  events: AsyncIterator<AgentEvent, void>,
): AsyncGenerator<AgentEvent, void> {
  if (!first.done) yield first.value;
  yield* { [Symbol.asyncIterator]: () => events };
}

/** Its limits are the server's own: the form does not show those of a page for it. */
export function startInWorker(task: string, { serverToken }: Choices, signal: AbortSignal): Going {
  return new WorkerRun(agentFor(serverToken).stream(task, { signal }), serverToken);
}

/** A run that the worker still has. */
export function openInWorker(runId: string, token: string, signal: AbortSignal): Going {
  return new WorkerRun(agentFor(token).resume(runId, { signal }), token);
}

/** The events of a run that has ended there; none of one that goes on, or that the worker has no more. */
export async function eventsInWorker(runId: string, token: string, signal: AbortSignal): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  try {
    const reply = await fetch(addressOf(runId), { headers: headersFor(token), signal });
    const { state = 'running' } = Object(reply.ok ? await reply.json() : undefined);
    if (state === 'running') return events;
    // without the signal: who stops reading an agent's run ends that run
    for await (const event of agentFor(token).resume(runId)) events.push(event);
  } catch {
    // a run that failed tells so at its end as well
  }
  signal.throwIfAborted();
  return events;
}

/** The text of a trace that the worker keeps. Rejects with an `AgentError` whose `kind` says whether it has none or lets nobody in. */
export async function traceOfWorker(traceId: string, token: string): Promise<string> {
  const reply = await fetch(`/traces/${encodeURIComponent(traceId)}`, { headers: headersFor(token) });
  if (reply.ok) return reply.text();
  const kind = KINDS[reply.status] ?? 'server_error';
  throw new AgentGenerationError(`This server gives no trace ${traceId}: it answered ${reply.status}`, { kind });
}

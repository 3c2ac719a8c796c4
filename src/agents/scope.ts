import { AgentConfigurationError } from '../errors';
import type { ActionStep } from '../memory/step';
import type { Model, ModelReply, ModelRequest, TokenUsage } from '../models/model';
import type { AnyTool } from '../tools/tool';
import type { Clock } from '../web/clock';

/** Work that can be watched. Plain facts, so that a watcher needs nothing of the loop. */
export type Work =
  | RunWork
  | { type: 'step'; number: number }
  | { type: 'model'; modelClass: string; modelId: string; model: Model; request: ModelRequest }
  | {
      type: 'tool';
      tool: AnyTool;
      callId: string;
      /** As the code gave them; absent for a call that the model made itself. */
      args: readonly unknown[] | undefined;
      named: Readonly<Record<string, unknown>>;
    }
  /** What a tool opens by its handle. */
  | { type: 'span'; name: string; attributes?: Readonly<Record<string, string | number | boolean>> }
  /** A request that a tool makes by its handle's fetch. */
  | { type: 'request'; method: string; url: string };

export interface RunWork {
  type: 'run';
  /** `CodeAgent`, `ToolCallingAgent` or `RemoteAgent`. */
  agentClass: string;
  agentName: string | undefined;
  agentDescription: string | undefined;
  runId: string;
  /** The run that this one goes on from: one that waited, was cut off, or was forked. */
  earlierRunId: string | undefined;
  task: string;
  /** What this agent was given before, with the values that came with it; absent on its first run. */
  previousTask: string | undefined;
  /** The agent's own limit; of a remote one it is not known. */
  maxSteps: number | undefined;
  toolNames: readonly string[];
  managedAgents: readonly { name: string; description: string }[];
  /** What `run` was given beside the task. */
  options: {
    stream: boolean;
    reset: boolean;
    images: number;
    additionalArgs: Readonly<Record<string, unknown>> | undefined;
    maxSteps: number | undefined;
    returnFullResult: boolean | undefined;
  };
}

/** How watched work ended. */
export type Outcome =
  | { type: 'answer'; output: unknown; tokens: RunTokens }
  /** A run that did not come to its end, and did not fail. */
  | { type: 'stopped'; state: 'budget' | 'waiting'; tokens?: RunTokens }
  | { type: 'step'; step: ActionStep }
  | { type: 'reply'; reply: ModelReply }
  | { type: 'output'; output: unknown }
  /** The status of a response. */
  | { type: 'response'; status: number }
  | { type: 'failure'; error: unknown; step?: ActionStep; tokens?: RunTokens };

/** What a run cost, by what asked for it. */
export interface RunTokens {
  /** Steps, and the last word. */
  steps: TokenUsage;
  plans: TokenUsage;
  /** Managed agents at every depth. */
  managed: TokenUsage;
}

/** A run, step, model call or tool call being watched. Whoever opens one ends it in `finally`; the first end counts. */
export interface Scope {
  child(work: Work): Scope;
  /** No outcome: cut short, by an abort or a reader who left. */
  end(outcome?: Outcome): void;
  /** Calls `fn`, a function of the app, with this scope as the ambient one, where the watcher has such a thing. */
  with<T>(fn: () => T): T;
  /** W3C trace context for a request made here; absent where none may be sent, or nobody watches. */
  readonly traceparent: string | undefined;
  /** What the watcher knows this scope by: an OpenTelemetry `Context` where telemetry watches. */
  readonly context: unknown;
}

/** Someone who looks at runs. */
export interface Watcher {
  watch(work: RunWork): Scope;
  /** Called in the same turn as `run` or `stream`, where what is ambient can still be read; gives the watcher of that run. */
  atDoor?(): Watcher;
  /** Runs wait for it before they are watched, as for code that is fetched when it is needed. Never rejects. */
  ready?(clock: Clock): Promise<void>;
}

/** The scope above a run. */
export interface DoorScope extends Scope {
  /** Of all who watch; absent where none has it. */
  ready?(clock: Clock): Promise<unknown>;
}

/** Nobody watches. */
export const unwatched: Scope = {
  child: () => unwatched,
  end: () => {},
  with: (fn) => fn(),
  traceparent: undefined,
  context: undefined,
};

const watchers = new Set<Watcher>();

/** Shows every run that begins from now on to `watcher`, until the returned function is called. */
export function watchRuns(watcher: Watcher): () => void {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

/**
 * The scope above a run, for the public door alone: its child is the run as its own watcher sees it, or else as all of
 * `watchRuns` see it. Throws `AgentConfigurationError` for a `telemetry` that is no watcher.
 */
export function scopeAtDoor(telemetry: Watcher | false | undefined): DoorScope {
  if (telemetry !== undefined && telemetry !== false && typeof telemetry?.watch !== 'function') {
    throw new AgentConfigurationError('`telemetry` of a run must be false or a watcher, such as runWatcher() gives');
  }
  const looking = telemetry === undefined ? [...watchers] : telemetry ? [telemetry] : [];
  if (looking.length === 0) return unwatched;
  const bound = looking.map((watcher) => watcher.atDoor?.() ?? watcher);
  const child = (work: Work) => (work.type === 'run' ? together(bound.map((each) => each.watch(work))) : unwatched);
  const ready = (clock: Clock) => Promise.all(bound.map((watcher) => watcher.ready?.(clock)));
  return { ...unwatched, child, ...(bound.some((watcher) => watcher.ready) && { ready }) };
}

/** Several scopes as one; headers and ambient context are those of the first. */
function together(scopes: readonly Scope[]): Scope {
  const [first = unwatched, ...others] = scopes;
  if (others.length === 0) return first;
  return {
    child: (work) => together(scopes.map((scope) => scope.child(work))),
    end: (outcome) => {
      for (const scope of scopes) scope.end(outcome);
    },
    with: (fn) => first.with(fn),
    traceparent: first.traceparent,
    context: first.context,
  };
}

import type { ActionStep } from '../memory/step';
import type { ChatMessage, ModelReply, ModelRequest, TokenUsage } from '../models/model';
import type { AnyTool } from '../tools/tool';

/** Work that can be watched. Plain facts, so that a watcher needs nothing of the loop. */
export type Work =
  | {
      type: 'run';
      /** `CodeAgent` or `ToolCallingAgent`. */
      agentClass: string;
      agentName: string | undefined;
      agentDescription: string | undefined;
      runId: string;
      task: string;
      maxSteps: number;
      toolNames: readonly string[];
      managedAgents: readonly { name: string; description: string }[];
      /** What `run` was given beside the task. */
      options: {
        stream: boolean;
        reset: boolean;
        images: number;
        additionalArgs: unknown;
        maxSteps: number | undefined;
      };
    }
  | { type: 'step'; number: number }
  | { type: 'model'; modelClass: string; modelId: string; request: ModelRequest }
  | { type: 'tool'; tool: AnyTool; callId: string; args: readonly unknown[]; named: Readonly<Record<string, unknown>> };

/** How watched work ended. */
export type Outcome =
  | { type: 'answer'; output: unknown; usage: TokenUsage; managedUsage: TokenUsage }
  | { type: 'step'; step: ActionStep }
  | { type: 'reply'; reply: ModelReply }
  | { type: 'output'; output: unknown }
  | { type: 'failure'; error: unknown; messages?: readonly ChatMessage[] };

/** A run, step, model call or tool call being watched. Whoever opens one ends it in `finally`; the first end counts. */
export interface Scope {
  child(work: Work): Scope;
  /** No outcome: cut short, by an abort or a reader who left. */
  end(outcome?: Outcome): void;
}

/** Nobody watches. */
export const unwatched: Scope = { child: () => unwatched, end: () => {} };

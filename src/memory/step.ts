import type { ErrorCode, ErrorKind } from '../errors';
import type { ChatMessage, ImagePart, TokenUsage, ToolCall } from '../models/model';

/** When a step or run began and ended, in milliseconds since the epoch. */
export interface Timing {
  startMs: number;
  endMs: number;
}

/** An error as plain data. */
export interface ErrorRecord {
  /** Class name, as smolagents calls it. */
  type: string;
  code: ErrorCode;
  message: string;
  kind?: ErrorKind;
}

/** What one tool call of a step came to, in the order of the model's calls. */
export interface ToolResult {
  /** Id of the call. */
  id: string;
  /** What the tool returned; absent when it failed. */
  output?: unknown;
  /** What the model reads. */
  text: string;
  error?: ErrorRecord;
}

export interface TaskStep {
  type: 'task';
  task: string;
  images?: readonly ImagePart[];
}

export interface PlanningStep {
  type: 'planning';
  plan: string;
  /** The messages the model was given; left out of saved memory. */
  inputMessages?: readonly ChatMessage[];
  usage?: TokenUsage;
  timing: Timing;
}

export interface ActionStep {
  type: 'action';
  /** From 1, anew in every run. */
  number: number;
  /** The messages the model was given; left out of saved memory. */
  inputMessages?: readonly ChatMessage[];
  /** The model's text, the closing code tag put back where a stop sequence took it. */
  text: string;
  /** What the model thought, where the provider sends it apart. */
  reasoning?: string;
  /** A code agent's step has one: `javascript_interpreter` with the code. */
  toolCalls: ToolCall[];
  /** Results of `toolCalls`, of those that got one. */
  toolResults?: ToolResult[];
  /** The code that ran, of a code agent. */
  code?: string;
  observations?: string;
  /** What the run itself tells the model of this step, such as that it repeated an earlier one. */
  notes?: readonly string[];
  /** Number of the earlier step that did exactly the same with the same outcome; the model is told that alone. */
  repeats?: number;
  /** Addresses that searches of this step found, those of managed agents included: what later steps may visit. */
  foundAddresses?: readonly string[];
  observationImages?: readonly ImagePart[];
  /** The last value of a code step, or the last word. */
  output?: unknown;
  error?: ErrorRecord;
  usage?: TokenUsage;
  /** Tokens of managed agents called in this step, at every depth. */
  managedUsage?: TokenUsage;
  finishReason?: string;
  timing: Timing;
  /** There only when this step ended the run. Any value, null as well. */
  finalAnswer?: unknown;
}

/** What happened, as plain data. The system prompt is no step: it belongs to the memory. */
export type MemoryStep = TaskStep | PlanningStep | ActionStep;

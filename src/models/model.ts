import type { Clock } from '../web/clock';
import type { Fetch } from '../web/fetch';

/** smolagents' own roles; adapters turn the last two into what a provider takes. */
export type MessageRole = 'system' | 'user' | 'assistant' | 'tool-call' | 'tool-response';

export type ContentPart = { type: 'text'; text: string } | ImagePart;
export interface ImagePart {
  type: 'image';
  /** A `data:` or `https:` address. */
  url: string;
}

export interface ChatMessage {
  role: MessageRole;
  content: string | readonly ContentPart[];
  /** On a `tool-call` message: the calls whose text is in `content`, for adapters that send native tool roles. */
  toolCalls?: readonly ToolCall[];
  /** On a `tool-response` message: each result apart, for the same adapters. */
  toolResults?: readonly { id: string; text: string }[];
}

/** One call of a tool as the model made it. */
export interface ToolCall {
  /** Never empty; unique in the run. */
  id: string;
  name: string;
  /** JSON value; text where the model wrote text. */
  arguments: unknown;
}

/** A tool as told to a chat-completions endpoint. */
export interface ToolSchema {
  name: string;
  description: string;
  /** JSON Schema of the arguments, an object schema. */
  parameters: Readonly<Record<string, unknown>>;
}

export interface ModelRequest {
  messages: readonly ChatMessage[];
  /** Absent or empty: the model is offered no tools. */
  tools?: readonly ToolSchema[];
  /** Default where tools are offered: `required`. */
  toolChoice?: 'auto' | 'required' | 'none';
  stop?: readonly string[];
  /** JSON Schema that the reply's text must fit, with its name. */
  responseFormat?: { name: string; schema: Readonly<Record<string, unknown>> };
  /** Whether pieces of text are wanted as they come. */
  stream: boolean;
  signal: AbortSignal;
  fetch: Fetch;
  clock: Clock;
}

/** What a model yields: pieces of text while it streams, `retry` when they are void, and the whole reply once, last. */
export type ModelPart =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  | { type: 'retry'; attempt: number; reason: string; delayMs: number }
  | { type: 'reply'; reply: ModelReply };

export interface ModelReply {
  /** Null where the model sent none. */
  content: string | null;
  /** Arguments as the provider gave them, most often JSON text. Ids may be empty or alike. */
  toolCalls: readonly { id: string; name: string; arguments: unknown }[];
  /** Thinking that the provider sends apart from the content. */
  reasoning?: string;
  /** Absent where the provider gave none. */
  usage?: TokenUsage;
  /** As the provider says it: `stop`, `length`, `tool_calls`, `content_filter`. */
  finishReason?: string;
  /** The provider's id of the reply and the model it says answered. */
  id?: string;
  model?: string;
}

/** Tokens of one model call or a sum of them. */
export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
  /** Parts of the two above, where the provider says. */
  cachedTokens?: number;
  reasoningTokens?: number;
}

/** Messages in, parts out. A model is settings and serves any number of calls at once. */
export interface Model {
  readonly modelId: string;
  /** Class name in spans (`HfApiModel.generate`); a string, since minifiers rename classes. Default `Model`. */
  readonly spanName?: string;
  /** Ends with exactly one `reply` part. Throws `AgentGenerationError`, or the signal's reason after an abort. */
  generate(request: ModelRequest): AsyncIterable<ModelPart>;
  /** Settings without secrets, for `agent.toJSON()`; absent on models that cannot be saved. */
  toJSON?(): Record<string, unknown>;
}

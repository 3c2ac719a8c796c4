import { AgentGenerationError } from '../errors';
import { isRecord } from '../web/record';
import type { ChatMessage, ContentPart, MessageRole, ModelRequest, ToolCall } from './model';

/** A message as a chat-completions endpoint takes it. */
export interface WireMessage {
  role: string;
  content?: string | WirePart[];
  tool_calls?: WireToolCall[];
  tool_call_id?: string;
  [key: string]: unknown;
}
export type WirePart = { type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } };
export interface WireToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
  [key: string]: unknown;
}

/** The body of a chat-completions request, without the model. */
export interface ChatRequest {
  messages: WireMessage[];
  [parameter: string]: unknown;
}

export interface ChatRequestSettings {
  /**
   * How calls of earlier steps are told: `text` as smolagents does, inside assistant and user messages; `native` as
   * `tool_calls` and role `tool`, in requests that offer tools.
   */
  toolHistory: 'text' | 'native';
  /** Content as one text in place of a list of parts, for servers that take no other. */
  flattenMessagesAsText: boolean;
  /** Roles on the wire; replaces the default conversions as a whole. */
  customRoleConversions: Readonly<Partial<Record<MessageRole, string>>>;
  /** Keys of the body. They win over everything derived from the request; undefined takes a key out. */
  parameters: Readonly<Record<string, unknown>>;
  /** False leaves `stop` out, for models that refuse it. */
  sendStop: boolean;
}

export const DEFAULT_ROLE_CONVERSIONS: Readonly<Partial<Record<MessageRole, string>>> = {
  'tool-call': 'assistant',
  'tool-response': 'user',
};

/** The body for a request. Throws `AgentGenerationError` (`bad_request`) for an image where only text is taken. */
export function toChatRequest(request: ModelRequest, settings: ChatRequestSettings): ChatRequest {
  const tools = request.tools ?? [];
  const native = settings.toolHistory === 'native' && tools.length > 0; // many servers refuse calls of no known tool
  const conversions = settings.customRoleConversions;
  const messages = (native ? toNative(request.messages) : request.messages).map((message) =>
    toWire(message, conversions),
  );
  const merged = mergeNeighbours(messages);
  const body: ChatRequest = { messages: settings.flattenMessagesAsText ? merged.map(flatten) : merged };

  if (settings.sendStop && request.stop && request.stop.length > 0) body.stop = request.stop;
  if (request.responseFormat) {
    const { name, schema } = request.responseFormat;
    body.response_format = { type: 'json_schema', json_schema: { name, schema, strict: true } };
  }
  if (tools.length > 0) {
    body.tools = tools.map((tool) => ({ type: 'function', function: tool }));
    body.tool_choice = request.toolChoice ?? 'required';
  }
  if (request.stream) {
    body.stream = true;
    body.stream_options = { include_usage: true };
  }
  for (const [key, value] of Object.entries(settings.parameters)) {
    if (value === undefined) delete body[key];
    else body[key] = value;
  }
  return body;
}

/** A message of the history, or a native one made from some of them. */
type Message = ChatMessage | NativeMessage;
type NativeMessage =
  | { role: 'native-calls'; calls: readonly ToolCall[] }
  | { role: 'native-result'; id: string; text: string };

function toWire(message: Message, conversions: ChatRequestSettings['customRoleConversions']): WireMessage {
  if (message.role === 'native-calls') return { role: 'assistant', tool_calls: message.calls.map(toWireCall) };
  if (message.role === 'native-result') return { role: 'tool', tool_call_id: message.id, content: message.text };
  return { role: conversions[message.role] ?? message.role, content: partsOf(message).map(toWirePart) };
}

/** Neighbours of one role become one message; texts that then touch are joined by a newline. */
function mergeNeighbours(messages: readonly WireMessage[]): WireMessage[] {
  const merged: WireMessage[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (!last || last.role !== message.role || message.role === 'tool' || last.tool_calls) {
      merged.push(message);
      continue;
    }
    if (message.tool_calls) last.tool_calls = message.tool_calls;
    if (Array.isArray(message.content)) last.content = joinParts(last.content, message.content);
  }
  return merged;
}

function joinParts(before: WireMessage['content'], after: readonly WirePart[]): WirePart[] {
  const parts = Array.isArray(before) ? [...before] : [];
  for (const part of after) {
    const last = parts.at(-1);
    if (last?.type === 'text' && part.type === 'text')
      parts[parts.length - 1] = { type: 'text', text: `${last.text}\n${part.text}` };
    else parts.push(part);
  }
  return parts;
}

function flatten(message: WireMessage): WireMessage {
  if (!Array.isArray(message.content)) return message;
  const texts = message.content.map((part) => {
    if (part.type === 'text') return part.text;
    throw new AgentGenerationError(
      `a ${message.role} message holds an image, and flattenMessagesAsText is on: only text can be sent`,
      { kind: 'bad_request' },
    );
  });
  return { ...message, content: texts.join('\n') };
}

/**
 * The history with its calls as native messages. Endpoints refuse a call that is not answered right behind it: what
 * follows up to the next turn of the model is searched for results, the text of a failed step answers all calls that
 * got none, and anything else (images) comes after the results.
 */
function toNative(messages: readonly ChatMessage[]): Message[] {
  const native: Message[] = [];
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    if (message?.role !== 'tool-call' || !message.toolCalls || message.toolCalls.length === 0) {
      if (message) native.push(message);
      continue;
    }
    const following = messages.slice(index + 1);
    const end = following.findIndex(({ role }) => role === 'assistant' || role === 'tool-call');
    const turn = end < 0 ? following : following.slice(0, end);
    native.push({ role: 'native-calls', calls: message.toolCalls }, ...answers(message.toolCalls, turn));
    index += turn.length;
  }
  return native;
}

function answers(calls: readonly ToolCall[], turn: readonly ChatMessage[]): Message[] {
  const results = new Map(
    turn.flatMap(({ toolResults = [] }) => toolResults.map(({ id, text }) => [id, text] as const)),
  );
  const unanswered = calls.some(({ id }) => !results.has(id));
  const plain = (message: ChatMessage) => message.role === 'tool-response' && !message.toolResults;
  const failure = turn.filter(plain).map(textOf).join('\n');
  const kept = turn.filter((message) => message.role !== 'tool-response' || (plain(message) && !unanswered));
  return [
    ...calls.map(
      ({ id }) => ({ role: 'native-result', id, text: results.get(id) ?? (failure || 'No result.') }) as const,
    ),
    ...kept,
  ];
}

function toWireCall({ id, name, arguments: given }: ToolCall): WireToolCall {
  return { id, type: 'function', function: { name, arguments: argumentsText(given) } };
}

/** Arguments as JSON text of an object, which is all that chat templates can read; anything else is wrapped in one. */
function argumentsText(given: unknown): string {
  let value = given;
  if (typeof given === 'string') {
    try {
      value = JSON.parse(given);
    } catch {
      value = given; // the model wrote something that is no JSON
    }
  }
  if (isRecord(value)) return typeof given === 'string' ? given : JSON.stringify(value);
  return value === '' || value === undefined || value === null ? '{}' : JSON.stringify({ arguments: value });
}

function partsOf({ content }: ChatMessage): readonly ContentPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function textOf(message: ChatMessage): string {
  return partsOf(message)
    .flatMap((part) => (part.type === 'text' ? [part.text] : []))
    .join('\n');
}

function toWirePart(part: ContentPart): WirePart {
  return part.type === 'text' ? { type: 'text', text: part.text } : { type: 'image_url', image_url: { url: part.url } };
}

import type { ModelReply, TokenUsage } from '../models/model';

/** One piece of a streamed reply, as chat-completions endpoints cut them. */
export interface ReplyDelta {
  content?: string;
  toolCalls?: readonly ToolCallDelta[];
  /** Tokens of the whole reply so far. */
  usage?: TokenUsage;
}

/** A piece of a call: the first of an index brings id and name, all bring some text of the arguments. */
export interface ToolCallDelta {
  /** Which call of the reply; default 0. */
  index?: number;
  id?: string;
  name?: string;
  arguments?: string;
}

/** The whole reply. Calls are told apart by index and keep its order; the last usage counts, since it is of the whole so far. */
export function assemble(deltas: readonly ReplyDelta[]): ModelReply {
  const texts = deltas.flatMap(({ content }) => (content === undefined ? [] : [content]));
  const usage = deltas.findLast((delta) => delta.usage)?.usage;
  const toolCalls = assembleCalls(deltas.flatMap((delta) => delta.toolCalls ?? []));
  return {
    content: texts.length > 0 ? texts.join('') : null,
    toolCalls,
    ...(usage && { usage }),
    finishReason: toolCalls.length > 0 ? 'tool_calls' : 'stop',
  };
}

function assembleCalls(pieces: readonly ToolCallDelta[]): ModelReply['toolCalls'] {
  const byIndex = new Map<number, { id: string; name: string; arguments: string }>();
  for (const { index = 0, id, name, arguments: text } of pieces) {
    const call = byIndex.get(index) ?? { id: '', name: '', arguments: '' };
    byIndex.set(index, {
      id: call.id || (id ?? ''),
      name: name ?? call.name,
      arguments: call.arguments + (text ?? ''),
    });
  }
  return [...byIndex.entries()].sort(([a], [b]) => a - b).map(([, call]) => call);
}

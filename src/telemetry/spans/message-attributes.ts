import type { ChatMessage, ContentPart, ModelReply } from '../../models/model';
import type { Put } from './attribute-writer';
import { plainText } from './json-text';

/** The keys of a message, or of a part of one, by place. Made once: to make them anew costs more than to write the values. */
const messageKeys: { role: string; parts: PartKeys[] }[] = [];

interface PartKeys {
  type: string;
  text: string;
  url: string;
}

/**
 * What a model was told, in the order in which it matters: system prompts, then from the newest message to the oldest. Keys
 * hold the place of each message in the request, so that the order of writing shows only where a provider drops some.
 */
export function inputMessages(put: Put, messages: readonly ChatMessage[]): void {
  const isSystem = ({ role }: ChatMessage) => role === 'system';
  for (const [index, message] of messages.entries()) if (isSystem(message)) inputMessage(put, index, message);
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index];
    if (message && !isSystem(message)) inputMessage(put, index, message);
  }
}

function inputMessage(put: Put, index: number, { role, content }: ChatMessage): void {
  const keys = messageKeys[index] ?? { role: `llm.input_messages.${index}.message.role`, parts: [] };
  messageKeys[index] = keys;
  put(keys.role, role);
  const parts: readonly ContentPart[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  let number = 0;
  for (const part of parts) {
    if (part.type === 'text' && !part.text) continue; // as smolagents' instrumentor
    const key =
      keys.parts[number] ?? partKeys(`llm.input_messages.${index}.message.contents.${number}.message_content`);
    keys.parts[number] = key;
    put(key.type, part.type);
    if (part.type === 'text') put(key.text, part.text);
    else put(key.url, part.url);
    number += 1;
  }
}

function partKeys(at: string): PartKeys {
  return { type: `${at}.type`, text: `${at}.text`, url: `${at}.image.image.url` };
}

/** What a model said. `streamed` replies have a text, though an empty one, as in smolagents. */
export function outputMessage(put: Put, { content, toolCalls }: ModelReply, streamed: boolean): void {
  const key = 'llm.output_messages.0.message';
  const text = content ?? (streamed ? '' : null);
  put(`${key}.role`, 'assistant');
  if (text !== null) {
    put(`${key}.contents.0.message_content.type`, 'text');
    put(`${key}.contents.0.message_content.text`, text);
  }
  for (const [index, call] of toolCalls.entries()) {
    const at = `${key}.tool_calls.${index}.tool_call`;
    put(`${at}.id`, call.id);
    put(`${at}.function.name`, call.name);
    put(`${at}.function.arguments`, plainText(call.arguments));
  }
}

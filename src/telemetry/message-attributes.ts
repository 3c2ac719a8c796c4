import type { ChatMessage, ContentPart, ModelReply } from '../models/model';
import type { Entry } from './attribute-writer';
import { plainText } from './json-text';

/**
 * What a model was told, in the order in which it matters: system prompts, then from the newest message to the oldest. Keys
 * hold the place of each message in the request, so that the order of writing shows only where a provider drops some.
 */
export function* inputMessages(messages: readonly ChatMessage[]): Generator<Entry> {
  const numbered = messages.map((message, index) => ({ message, key: `llm.input_messages.${index}.message` }));
  const system = numbered.filter(({ message }) => message.role === 'system');
  const others = numbered.filter(({ message }) => message.role !== 'system').reverse();
  for (const { message, key } of [...system, ...others]) {
    yield [`${key}.role`, message.role];
    yield* contents(key, message.content);
  }
}

function* contents(key: string, content: ChatMessage['content']): Generator<Entry> {
  const parts: readonly ContentPart[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  let number = 0;
  for (const part of parts) {
    if (part.type === 'text' && !part.text) continue; // as smolagents' instrumentor
    const at = `${key}.contents.${number}.message_content`;
    yield [`${at}.type`, part.type];
    yield part.type === 'text' ? [`${at}.text`, part.text] : [`${at}.image.image.url`, part.url];
    number += 1;
  }
}

/** What a model said. `streamed` replies have a text, though an empty one, as in smolagents. */
export function* outputMessage({ content, toolCalls }: ModelReply, streamed: boolean): Generator<Entry> {
  const key = 'llm.output_messages.0.message';
  const text = content ?? (streamed ? '' : null);
  yield [`${key}.role`, 'assistant'];
  if (text !== null) {
    yield [`${key}.contents.0.message_content.type`, 'text'];
    yield [`${key}.contents.0.message_content.text`, text];
  }
  for (const [index, call] of toolCalls.entries()) {
    const at = `${key}.tool_calls.${index}.tool_call`;
    yield [`${at}.id`, call.id];
    yield [`${at}.function.name`, call.name];
    yield [`${at}.function.arguments`, plainText(call.arguments)];
  }
}

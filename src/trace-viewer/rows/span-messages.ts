import { isRecord } from '../../web/record';
import { textOf } from './labels';
import type { Message } from './row';

type Attributes = Readonly<Record<string, unknown>>;

/** What a model was told and then what it said, in the words of OpenInference or else of `gen_ai`. */
export function messagesOf(attributes: Attributes): Message[] {
  const told = openInference(attributes, 'llm.input_messages.');
  const system = parts(attributes['gen_ai.system_instructions']);
  const others = [...(system ? [{ ...system, role: 'system' }] : []), ...genAi(attributes['gen_ai.input.messages'])];
  return [...(told.length ? told : others), ...repliesOf(attributes)];
}

/** What a model said. */
export function repliesOf(attributes: Attributes): Message[] {
  const said = openInference(attributes, 'llm.output_messages.');
  return (said.length ? said : genAi(attributes['gen_ai.output.messages'])).map((each) => ({ ...each, isReply: true }));
}

const byPlace = new Intl.Collator('en', { numeric: true });

/** Keys are `llm.input_messages.0.message.contents.1.message_content.text` and the like; they may come in any order. */
function openInference(attributes: Attributes, prefix: string): Message[] {
  const messages = new Map<number, Message & { toolCalls: { name: string; arguments: unknown }[]; images: string[] }>();
  const keys = Object.keys(attributes).filter((key) => key.startsWith(prefix));
  for (const key of keys.sort(byPlace.compare)) {
    const [, index = '', path = ''] = /^(\d+)\.message\.(.*)$/.exec(key.slice(prefix.length)) ?? [];
    if (!path) continue;
    const message = messages.get(Number(index)) ?? { role: '', text: '', images: [], toolCalls: [] };
    messages.set(Number(index), message);
    const value = attributes[key];
    const text = textOf(value);
    const call = Number(/^tool_calls\.(\d+)/.exec(path)?.[1]);
    if (path === 'role') message.role = text;
    else if (path === 'content' || path.endsWith('message_content.text')) message.text += (message.text && '\n') + text;
    else if (path.endsWith('.image.url')) addImage(message.images, text);
    else if (call < keys.length && path.endsWith('.name'))
      message.toolCalls[call] = { arguments: undefined, ...message.toolCalls[call], name: text };
    else if (call < keys.length && path.endsWith('.arguments'))
      message.toolCalls[call] = { name: '', ...message.toolCalls[call], arguments: parsed(value) };
  }
  return [...messages.values()].map((message) => ({ ...message, toolCalls: message.toolCalls.filter(Boolean) }));
}

/** Only what is in the file itself: nothing is ever fetched for a picture. */
function addImage(images: string[], address: string): void {
  if (/^data:image\//i.test(address)) images.push(address);
}

function genAi(json: unknown): Message[] {
  const list = parsed(json);
  return (Array.isArray(list) ? list : []).flatMap((each) => {
    const message = isRecord(each) ? parts(each.parts ?? each.content) : undefined;
    return message ? [{ ...message, role: String(each.role ?? '') }] : [];
  });
}

/** The parts of a `gen_ai` message: text, tool calls, and what they gave. */
function parts(json: unknown): Message | undefined {
  const list = parsed(json);
  if (list === undefined || list === null) return undefined;
  const texts: string[] = [];
  const toolCalls: { name: string; arguments: unknown }[] = [];
  for (const part of Array.isArray(list) ? list : [list]) {
    if (!isRecord(part)) texts.push(textOf(part));
    else if (part.type === 'tool_call')
      toolCalls.push({ name: String(part.name ?? ''), arguments: parsed(part.arguments) });
    else texts.push(textOf(part.content ?? part.response ?? part.result ?? `[${part.type}]`));
  }
  return { role: '', text: texts.join('\n'), images: [], toolCalls };
}

/** The value of JSON text; anything else as it is. */
export function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

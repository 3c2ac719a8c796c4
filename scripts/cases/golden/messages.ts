import { isObject } from '../json';
import { readLiteral } from './literal';

/** A message of a request or of a span, whoever wrote it. */
export interface Message {
  role: string;
  parts: readonly Part[];
}

export type Part = { text: string } | { image: string };

const KEY = /^llm\.input_messages\.(\d+)\.message\.(?:role|content|contents\.(\d+)\.message_content\.(.+))$/;

/** The messages that `llm.input_messages.*` of a span are, and the keys that belong to none. */
export function messagesOfSpan(attributes: Readonly<Record<string, unknown>>): {
  messages: Message[];
  strange: string[];
} {
  const strange: string[] = [];
  const found = new Map<number, { role: string; parts: Map<number, { type?: string; part?: Part }> }>();
  for (const [key, value] of Object.entries(attributes)) {
    if (!key.startsWith('llm.input_messages.')) continue;
    const [, index, place, rest] = KEY.exec(key) ?? [];
    if (index === undefined || typeof value !== 'string') {
      strange.push(key);
      continue;
    }
    const message = found.get(Number(index)) ?? { role: '', parts: new Map() };
    found.set(Number(index), message);
    if (key.endsWith('.message.role')) message.role = value;
    else if (key.endsWith('.message.content')) message.parts.set(0, { type: 'text', part: { text: value } });
    else if (!addPart(message.parts, Number(place), rest ?? '', value)) strange.push(key);
  }
  for (const [index, { role, parts }] of found) {
    if (!role) strange.push(`llm.input_messages.${index} has no role`);
    for (const [place, { type, part }] of parts)
      if (!part || !type || !(type in part))
        strange.push(`llm.input_messages.${index}.message.contents.${place}: ${type}`);
  }
  const inOrder = [...found].sort(([a], [b]) => a - b);
  const messages = inOrder.map(([, { role, parts }]) => ({
    role,
    parts: [...parts].sort(([a], [b]) => a - b).flatMap(([, { part }]) => part ?? []),
  }));
  return { messages, strange };
}

function addPart(
  parts: Map<number, { type?: string; part?: Part }>,
  place: number,
  rest: string,
  value: string,
): boolean {
  const entry = parts.get(place) ?? {};
  parts.set(place, entry);
  if (rest === 'type') entry.type = value;
  else if (rest === 'text') entry.part = { text: value };
  else if (rest === 'image.image.url') entry.part = { image: value };
  else return false;
  return true;
}

/** The messages of a chat-completions body. */
export function messagesOfRequest(body: Readonly<Record<string, unknown>>): Message[] {
  const messages = Array.isArray(body.messages) ? body.messages : [];
  return messages.map((message: unknown) => {
    const { role, content } = isObject(message) ? message : {};
    const parts: readonly unknown[] = Array.isArray(content) ? content : [{ type: 'text', text: content ?? '' }];
    return { role: String(role), parts: parts.map(partOf) };
  });
}

function partOf(part: unknown): Part {
  if (!isObject(part)) return { text: String(part) };
  const { image_url: image, text } = part;
  return isObject(image) ? { image: String(image.url) } : { text: String(text ?? '') };
}

/** The file's without a closing tag behind a reply that holds no code, which Python puts there and we do not. */
export function withoutStrayClosers(messages: readonly Message[]): Message[] {
  return messages.map(({ role, parts }) => ({
    role,
    parts: parts.map((part) =>
      'text' in part && role === 'assistant' && !part.text.includes('<code>')
        ? { text: part.text.replace(/<\/code>(?=\nCalling tools:|$)/, '') }
        : part,
    ),
  }));
}

/** Without what Python repeats: pictures that an earlier message had, empty texts, and messages that are empty then. */
export function withoutRepetitions(messages: readonly Message[]): Message[] {
  const seen = new Set<string>();
  const told = messages.map(({ role, parts }) => ({
    role,
    parts: parts.filter((part) => {
      if ('text' in part) return part.text !== '';
      if (seen.has(part.image)) return false;
      seen.add(part.image);
      return true;
    }),
  }));
  return told.filter(({ parts }) => parts.length > 0);
}

/** Neighbours of one role as one message, texts that touch joined by a newline. */
export function merged(messages: readonly Message[]): Message[] {
  const result: { role: string; parts: Part[] }[] = [];
  for (const { role, parts } of messages) {
    const last = result.at(-1);
    const target = last?.role === role ? last : { role, parts: [] };
    if (target !== last) result.push(target);
    for (const part of parts) {
      const before = target.parts.at(-1);
      if (before && 'text' in before && 'text' in part)
        target.parts[target.parts.length - 1] = { text: `${before.text}\n${part.text}` };
      else target.parts.push(part);
    }
  }
  return result;
}

const CALLS_LABEL = 'Calling tools:\n';
const INTERPRETER = 'javascript_interpreter';

/**
 * Ours without what Python forgets of a tool-calling step that failed: the calls, what other calls of the step gave, and the
 * ids in the error. Steps of code are kept whole by both.
 */
export function withoutForgotten(messages: readonly Message[]): Message[] {
  const result: Message[] = [];
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index];
    if (!message) continue;
    const said = message.parts.map((part) => ('text' in part ? withoutCalls(part.text) : undefined));
    const answers = answersAfter(messages, index);
    const failed = said.some((rest) => rest !== undefined) && answers.some(isError);
    if (!failed) {
      result.push(message);
      continue;
    }
    const parts = message.parts.flatMap((part, place) => (said[place] === undefined ? part : { text: said[place] }));
    result.push({ role: message.role, parts: parts.filter((part) => !('text' in part) || part.text !== '') });
    for (const answer of answers) result.push(onlyError(answer));
    index += answers.length;
  }
  return result.filter(({ parts }) => parts.length > 0);
}

/** What follows up to the next turn of the model: the results of a step, one or two messages. */
function answersAfter(messages: readonly Message[], index: number): Message[] {
  const rest = messages.slice(index + 1);
  const end = rest.findIndex(({ role }) => role !== 'tool-response' && role !== 'user');
  return end < 0 ? rest : rest.slice(0, end);
}

/** A text without its calls of tools; undefined where it has none, or one of the interpreter. */
function withoutCalls(text: string): string | undefined {
  const start = text.indexOf(CALLS_LABEL);
  const read = start < 0 ? undefined : readLiteral(text, start + CALLS_LABEL.length);
  if (!read || text.includes(INTERPRETER)) return undefined;
  return text.slice(0, start).replace(/\n$/, '');
}

function isError({ parts }: Message): boolean {
  return parts.some((part) => 'text' in part && /^Error:$/m.test(part.text));
}

/** A message of results from its error on, without ids; one of the user's own stays. */
function onlyError({ role, parts }: Message): Message {
  const kept = parts.flatMap((part) => {
    if (!('text' in part) || !/^(?:Observation:|Call id: .*|Error:)$/m.test(part.text)) return [part];
    const error = part.text.search(/^Error:$/m);
    return error < 0 ? [] : [{ text: part.text.slice(error) }];
  });
  return { role, parts: kept };
}

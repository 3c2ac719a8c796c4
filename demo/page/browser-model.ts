import { AgentGenerationError, type ChatMessage, type Model, type ModelRequest } from 'smolagents-web';
import { BROWSER_MODEL, LANGUAGES } from './choices';

/** As much as is used of the browser's Prompt API. */
export interface BrowserLanguageModel {
  availability(options: typeof LANGUAGES): Promise<'available' | 'downloadable' | 'downloading' | 'unavailable'>;
  create(
    options: typeof LANGUAGES & {
      initialPrompts: readonly Prompt[];
      signal: AbortSignal;
      /** Called at once with what tells of `downloadprogress`; `loaded` is a part of 1. */
      monitor(fetching: EventTarget): void;
    },
  ): Promise<BrowserSession>;
}

interface BrowserSession {
  promptStreaming(text: string, options: { signal: AbortSignal }): ReadableStream<string>;
  destroy(): void;
}

interface Prompt {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

declare global {
  var LanguageModel: BrowserLanguageModel | undefined;
}

/** Told what part of the model the browser has fetched, from 0 to 1, and nothing when it has it. */
export type OnFetch = (part: number | undefined) => void;

/** The model that the browser brings along, for agents: calls of tools are read from its text. It counts no tokens. */
export function browserModel(onFetch: OnFetch = () => {}): Model {
  return { modelId: BROWSER_MODEL, spanName: 'BrowserModel', generate: (request) => generate(request, onFetch) };
}

async function* generate({ messages, stop = [], stream, signal }: ModelRequest, onFetch: OnFetch) {
  const model = globalThis.LanguageModel;
  const availability = (await model?.availability(LANGUAGES)) ?? 'unavailable';
  if (!model || availability === 'unavailable')
    throw new AgentGenerationError('This browser has no model of its own', { kind: 'not_found' });
  const prompts = merged(messages.map(promptOf));
  const last = prompts.pop()?.content ?? '';
  const isThere = availability === 'available';
  if (!isThere) onFetch(0);
  const monitor = (fetching: EventTarget) =>
    fetching.addEventListener('downloadprogress', (event) => {
      if (!isThere && !signal.aborted) onFetch(Object(event).loaded);
    });
  const session = await model.create({ ...LANGUAGES, initialPrompts: prompts, signal, monitor });
  if (!isThere && !signal.aborted) onFetch(undefined);
  let content = '';
  try {
    for await (const text of piecesOf(session.promptStreaming(last, { signal }))) {
      const before = content.length;
      content = upToStop(content + text, stop);
      if (stream && content.length > before) yield { type: 'text' as const, text: content.slice(before) };
      if (content.length < before + text.length) break; // it wrote what it must stop at
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw new AgentGenerationError('The model of this browser could not answer', { cause, kind: 'server_error' });
  } finally {
    session.destroy();
  }
  yield { type: 'reply' as const, reply: { content, toolCalls: [] } };
}

async function* piecesOf(stream: ReadableStream<string>): AsyncGenerator<string, void> {
  const reader = stream.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** A stop that has begun to be shown stays: only the text before the first whole one is kept. */
function upToStop(text: string, stop: readonly string[]): string {
  const ends = stop.map((word) => text.indexOf(word)).filter((end) => end >= 0);
  return text.slice(0, Math.min(text.length, ...ends));
}

function promptOf({ role, content }: ChatMessage): Prompt {
  const text =
    typeof content === 'string' ? content : content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
  const told = { system: 'system', assistant: 'assistant', 'tool-call': 'assistant' } as const;
  return { role: role in told ? told[role as keyof typeof told] : 'user', content: text };
}

/** Neighbours of one role become one: the browser takes turns only. */
function merged(prompts: readonly Prompt[]): Prompt[] {
  const turns: Prompt[] = [];
  for (const prompt of prompts) {
    const before = turns.at(-1);
    if (before?.role === prompt.role) before.content += `\n\n${prompt.content}`;
    else turns.push({ ...prompt });
  }
  return turns;
}

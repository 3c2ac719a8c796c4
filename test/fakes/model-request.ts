import type { ModelPart, ModelReply, ModelRequest } from '../../src/models/model';
import { virtualClock } from './virtual-clock';

/** A request with one question, sent through the real fetch on a clock that stands still. */
export function modelRequest(parts: Partial<ModelRequest> = {}): ModelRequest {
  return {
    messages: [{ role: 'user', content: 'What is 2 + 1?' }],
    stream: false,
    signal: new AbortController().signal,
    fetch: (input, init) => fetch(input, init),
    clock: virtualClock(),
    ...parts,
  };
}

/** All parts that a model yields. */
export async function collect(parts: AsyncIterable<ModelPart>): Promise<ModelPart[]> {
  const all: ModelPart[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

/** The reply among the parts, which must be the last and the only one. */
export async function replyOf(parts: AsyncIterable<ModelPart>): Promise<ModelReply> {
  const all = await collect(parts);
  const last = all.at(-1);
  if (last?.type !== 'reply' || all.filter(({ type }) => type === 'reply').length !== 1) {
    throw new Error(`not one reply at the end: ${all.map(({ type }) => type).join(', ')}`);
  }
  return last.reply;
}

/** The text that was streamed. */
export function textIn(parts: readonly ModelPart[]): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

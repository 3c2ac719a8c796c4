import { isRecord } from '../../web/record';
import type { RowKind, Said } from '../trace';
import { textOf, thoughtAndCode } from './labels';
import type { Message, RowSource } from './row';

/** What events told of a row so far. */
export class EventSource implements RowSource {
  now: Said = {};
  /** What a model call was given, as messages of this SDK. */
  given: unknown;
  /** What a model said; grows while it speaks. */
  reply = '';
  readonly fields: Record<string, unknown> = {};

  /** A piece of what a model says. */
  hear(text: string, kind: RowKind): void {
    this.reply += text;
    // a label shows no more than the beginning, and to read all of a long reply at each of its pieces would take squares
    if (this.reply.length < 2000) this.now = kind === 'plan' ? { plan: this.reply } : thoughtAndCode(this.reply);
  }

  get hasResult(): boolean {
    return this.now.result !== undefined;
  }

  said(): Said {
    return this.now;
  }

  messages(): Message[] {
    const { arguments: calls } = this.now;
    const toolCalls = Array.isArray(calls) ? calls.filter(isCall) : [];
    const reply = { role: 'assistant', text: this.reply, images: [], toolCalls, isReply: true };
    const given = Array.isArray(this.given)
      ? this.given.flatMap((each) => (isRecord(each) ? [messageOf(each)] : []))
      : [];
    return this.reply || toolCalls.length ? [...given, reply] : given;
  }

  attributes(): Readonly<Record<string, unknown>> {
    return this.fields;
  }

  texts(): string[] {
    const { arguments: calls, ...said } = this.now;
    const texts = [
      ...Object.values(said),
      ...(isRecord(calls) ? Object.values(calls) : [calls]),
      ...Object.values(this.fields),
    ];
    return [this.reply, ...texts.map(textOf), ...this.messages().map(({ text }) => text)];
  }

  get raw(): unknown {
    return { ...this.now, ...this.fields };
  }
}

function isCall(value: unknown): value is { name: string; arguments: unknown } {
  return isRecord(value) && typeof value.name === 'string';
}

function messageOf({ role, content, toolCalls }: Readonly<Record<string, unknown>>): Message {
  const list: readonly unknown[] = Array.isArray(content) ? content : [content];
  const parts = list.map((part): Record<string, unknown> => (isRecord(part) ? part : { text: part }));
  return {
    role: String(role),
    text: parts.flatMap(({ text }) => (typeof text === 'string' ? [text] : [])).join('\n'),
    images: parts.flatMap(({ url }) => (typeof url === 'string' && /^data:image\//i.test(url) ? [url] : [])),
    toolCalls: Array.isArray(toolCalls) ? toolCalls.filter(isCall) : [],
  };
}

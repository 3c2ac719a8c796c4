import type { Model, ModelPart, ModelReply, ModelRequest, TokenUsage } from '../models/model';
import { assemble, type ReplyDelta } from './reply-deltas';

/** One answer of a scripted model. Made by `call`, `text`, `code` and the others, or written out. */
export interface ScriptEntry {
  content?: string | null;
  /** An id that is left out is made from the numbers of reply and call: `call_2_1`. */
  toolCalls?: readonly { id?: string; name: string; arguments: unknown }[];
  /** The reply in pieces: shown one by one where the request streams, put together where it does not. */
  deltas?: readonly ReplyDelta[];
  reasoning?: string;
  usage?: TokenUsage;
  finishReason?: string;
  /** Waited for on the request's clock before anything is answered. */
  delayMs?: number;
  /** Thrown in place of the reply, after `deltas` where there are any. */
  failure?: unknown;
}

/** A model that answers from a list and keeps what it was asked. */
export interface ScriptedModel extends Model {
  /** What it was asked, in order, calls after the end of the script included. */
  readonly requests: readonly ModelRequest[];
  /** Calls that found no entry: a test that swallows their error still sees them here. */
  readonly callsWithoutEntry: number;
}

/**
 * A model whose n-th call is answered by entry n, in the order the calls are made, over all runs. A call after the last
 * entry throws an error that names the call.
 */
export function scriptedModel(...script: readonly ScriptEntry[]): ScriptedModel {
  const requests: ModelRequest[] = [];
  return {
    modelId: 'scripted',
    spanName: 'ScriptedModel',
    requests,
    get callsWithoutEntry() {
      return Math.max(0, requests.length - script.length);
    },
    async *generate(request) {
      requests.push({ ...request, messages: [...request.messages] });
      const number = requests.length;
      const entry = script[number - 1];
      if (!entry)
        throw new Error(`The scripted model has no entry for call ${number}: its script ends at ${script.length}`);
      yield* answer(entry, number, request);
    },
    toJSON: () => ({ modelId: 'scripted' }),
  };
}

/** One call of one tool. */
export function call(name: string, args: unknown, id?: string): ScriptEntry {
  return calls([name, args, id]);
}

/** Several calls in one reply. */
export function calls(...list: readonly (readonly [name: string, args: unknown, id?: string])[]): ScriptEntry {
  return { toolCalls: list.map(([name, args, id]) => ({ name, arguments: args, ...(id !== undefined && { id }) })) };
}

/** Text alone, or none at all. */
export function text(content: string | null): ScriptEntry {
  return { content };
}

/** JavaScript in the tags of a code agent. */
export function code(javascript: string): ScriptEntry {
  return { content: `<code>\n${javascript}\n</code>` };
}

/** The call of `final_answer` that ends a tool-calling agent's run. A code agent is given `code('final_answer(...)')`. */
export function finalAnswer(value: unknown): ScriptEntry {
  return call('final_answer', { answer: value });
}

/** A call of the model that fails with this error; a text becomes the message of a plain `Error`. */
export function failure(error: unknown): ScriptEntry {
  return { failure: typeof error === 'string' ? new Error(error) : error };
}

/** A reply in pieces; a text stands for a piece of content. */
export function streamed(...pieces: readonly (string | ReplyDelta)[]): ScriptEntry {
  return { deltas: pieces.map((piece) => (typeof piece === 'string' ? { content: piece } : piece)) };
}

async function* answer(entry: ScriptEntry, number: number, request: ModelRequest): AsyncGenerator<ModelPart> {
  const { signal, clock, stream } = request;
  signal.throwIfAborted();
  if (entry.delayMs !== undefined) await clock.sleep(entry.delayMs, signal);
  if (stream) yield* pieces(entry, signal);
  if ('failure' in entry) throw entry.failure;
  yield { type: 'reply', reply: entry.deltas ? assemble(entry.deltas) : toReply(entry, number) };
}

function* pieces({ content, reasoning, deltas }: ScriptEntry, signal: AbortSignal): Generator<ModelPart> {
  if (reasoning) yield { type: 'reasoning', text: reasoning };
  for (const delta of deltas ?? [{ content: content ?? '' }]) {
    signal.throwIfAborted();
    if (delta.content) yield { type: 'text', text: delta.content };
  }
}

function toReply({ content, toolCalls, reasoning, usage, finishReason }: ScriptEntry, number: number): ModelReply {
  return {
    content: content ?? null,
    toolCalls: (toolCalls ?? []).map(({ id, name, arguments: args }, index) => ({
      id: id ?? `call_${number}_${index + 1}`,
      name,
      arguments: args,
    })),
    ...(reasoning !== undefined && { reasoning }),
    ...(usage && { usage }),
    finishReason: finishReason ?? (toolCalls?.length ? 'tool_calls' : 'stop'),
  };
}

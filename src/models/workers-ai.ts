import type { ErrorKind } from '../errors';
import { within } from '../web/deadline';
import { isRecord } from '../web/record';
import { RequestFailure } from '../web/request-failure';
import { type ChatAdapter, type CompletionCall, callModel } from './call-model';
import { readCompletion } from './completion';
import type { ModelPart, ModelRequest } from './model';
import type { ChatModelOptions } from './model-options';

/** The part of the binding that is used: the input is the model's own, the answer an object, or a stream of events. */
export interface WorkersAiBinding {
  run(model: string, input: Record<string, unknown>, options?: { signal?: AbortSignal }): Promise<unknown>;
}

export interface WorkersAiModelOptions extends ChatModelOptions {
  /** `env.AI` of a worker with `[ai] binding = "AI"`. */
  binding: WorkersAiBinding;
  /** Default `@cf/meta/llama-3.3-70b-instruct-fp8-fast`. */
  modelId?: string;
  /** Default true here: most models of the service take texts only. */
  flattenMessagesAsText?: boolean;
}

/** What a `WorkersAiModel` is. */
export interface WorkersAi extends Omit<ChatAdapter, 'complete' | 'sendStop'> {
  binding: WorkersAiBinding;
}

/** One call of a `WorkersAiModel`; see `callModel`. */
export function generateByWorkersAi(
  { binding, ...adapter }: WorkersAi,
  request: ModelRequest,
): AsyncGenerator<ModelPart> {
  const complete = (call: CompletionCall) => completions(call, adapter.modelId, binding);
  return callModel({ sendStop: false, complete, ...adapter }, request);
}

/** The reply in the form of chat completions, which newer models speak by themselves. */
async function* completions(
  { body, limits, onDone }: CompletionCall,
  modelId: string,
  binding: WorkersAiBinding,
): AsyncGenerator<Record<string, unknown>> {
  const { clock, signal, requestTimeoutMs: timeoutMs } = limits;
  const late = () => new RequestFailure(`no answer within ${timeoutMs} ms`, { kind: 'timeout', retryable: true });
  let answer: unknown;
  try {
    answer = await within(() => binding.run(modelId, inputOf(body), { signal }), { clock, timeoutMs, signal, late });
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof RequestFailure ? error : failureOf(error);
  }
  if (answer instanceof ReadableStream) {
    const stream = new Response(answer, { headers: { 'content-type': 'text/event-stream' } });
    let calls = 0;
    for await (const chunk of readCompletion(stream, limits, onDone)) {
      yield 'choices' in chunk ? chunk : chunkOf(chunk, calls);
      calls += Array.isArray(chunk.tool_calls) ? chunk.tool_calls.length : 0;
    }
    return;
  }
  if (!isRecord(answer) || !('choices' in answer || 'response' in answer || 'tool_calls' in answer))
    throw new RequestFailure('the reply holds no text and no call', { kind: 'bad_response', retryable: true });
  onDone();
  yield 'choices' in answer ? answer : completionOf(answer);
}

/** Stop sequences and options of streams are not among the documented inputs; a schema stands there by itself. */
function inputOf({
  stream_options: _,
  response_format: format,
  ...input
}: CompletionCall['body']): Record<string, unknown> {
  if (!isRecord(format)) return input;
  const { json_schema: named } = format;
  const schema = isRecord(named) && isRecord(named.schema) ? named.schema : named;
  return { ...input, response_format: { ...format, json_schema: schema } };
}

function completionOf({ response, tool_calls: calls, usage }: Record<string, unknown>): Record<string, unknown> {
  const message = { content: textOf(response), tool_calls: callsOf(calls, 0) };
  return { choices: [{ index: 0, message }], usage };
}

function chunkOf({ response, tool_calls: calls, usage }: Record<string, unknown>, before: number) {
  return { choices: [{ index: 0, delta: { content: textOf(response), tool_calls: callsOf(calls, before) } }], usage };
}

/** In JSON mode the response is the value itself. */
function textOf(response: unknown): string | null {
  if (response === undefined || response === null) return null;
  return typeof response === 'string' ? response : JSON.stringify(response);
}

/** Calls come whole, as `{ name, arguments }`, and without an id. */
function callsOf(calls: unknown, before: number): Record<string, unknown>[] {
  if (!Array.isArray(calls)) return [];
  return calls.filter(isRecord).map((call, index) => ({
    ...{ index: before + index, id: call.id },
    function: isRecord(call.function) ? call.function : { name: call.name, arguments: call.arguments },
  }));
}

/** What the documented codes mean, which stand at the beginning of an error's message and nowhere else. */
const CODES: Readonly<Record<string, { kind: ErrorKind; retryable: boolean }>> = {
  3006: { kind: 'too_large', retryable: false },
  3007: { kind: 'timeout', retryable: true },
  3023: { kind: 'auth', retryable: false },
  3036: { kind: 'rate_limited', retryable: false }, // the day's allocation is used up
  3040: { kind: 'rate_limited', retryable: true },
  3041: { kind: 'auth', retryable: false },
  3042: { kind: 'not_found', retryable: false },
  5004: { kind: 'bad_request', retryable: false },
  5007: { kind: 'not_found', retryable: false },
  5016: { kind: 'auth', retryable: false },
  5018: { kind: 'auth', retryable: false },
};

function failureOf(error: unknown): RequestFailure {
  const message = error instanceof Error ? error.message : String(error);
  const [, code = ''] = /^(?:\w+: )?(\d{4})\b/.exec(message) ?? [];
  const known = CODES[code] ?? { kind: 'server_error', retryable: true };
  return new RequestFailure(message, { ...known, cause: error });
}

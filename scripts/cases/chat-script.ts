import type { Reply } from './golden/golden-file';

/** An endpoint of chat completions that gives the replies of a script in order, one for each request, whoever asks. */
export class ChatScript {
  /** Bodies of the requests, in the order in which they came. */
  readonly requests: Record<string, unknown>[] = [];
  readonly #replies: readonly Reply[];

  constructor(replies: readonly Reply[]) {
    this.#replies = replies;
  }

  /** Replies that nobody asked for. */
  get left(): number {
    return Math.max(0, this.#replies.length - this.requests.length);
  }

  /** Requests that found no reply. */
  get missed(): number {
    return Math.max(0, this.requests.length - this.#replies.length);
  }

  readonly answer = async (request: Request): Promise<Response> => {
    const body: Record<string, unknown> = await request.json();
    const number = this.requests.push(body);
    const reply = this.#replies[number - 1];
    if (!reply) return json(418, { error: { message: 'the script has no reply left' } });
    if (reply.status !== undefined) return json(reply.status, { error: reply.error ?? {} });
    return body.stream === true ? streamed(reply, number, body.model) : whole(reply, number, body.model);
  };
}

function whole(reply: Reply, number: number, model: unknown): Response {
  const message = { role: 'assistant', content: reply.content ?? null, ...toolCalls(reply) };
  const choices = [{ index: 0, message, finish_reason: finishReason(reply) }];
  return json(200, { id: `chatcmpl-${number}`, object: 'chat.completion', model, choices, ...usage(reply) });
}

/** As server-sent events, the text in two pieces, the usage in a last chunk without choices. */
function streamed(reply: Reply, number: number, model: unknown): Response {
  const base = { id: `chatcmpl-${number}`, object: 'chat.completion.chunk', model };
  const text = reply.content ?? '';
  const half = text.length >> 1;
  const { tool_calls: calls = [] } = toolCalls(reply);
  const deltas = [
    { role: 'assistant' },
    ...(text ? (reply.pieces ?? [text.slice(0, half), text.slice(half)]) : []).map((content) => ({ content })),
    ...calls.map((call, index) => ({ tool_calls: [{ index, ...call }] })),
  ];
  const chunks = [
    ...deltas.map((delta) => ({ ...base, choices: [{ index: 0, delta, finish_reason: null }] })),
    { ...base, choices: [{ index: 0, delta: {}, finish_reason: finishReason(reply) }] },
    ...(reply.usage ? [{ ...base, choices: [], ...usage(reply) }] : []),
  ];
  const events = [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'].map((data) => `data: ${data}\n\n`);
  return new Response(events.join(''), { headers: { 'content-type': 'text/event-stream' } });
}

function toolCalls({ tool_calls: calls }: Reply) {
  if (!calls?.length) return {};
  return {
    tool_calls: calls.map(({ id, name, arguments: args }) => ({
      id,
      type: 'function',
      function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
    })),
  };
}

function usage({ usage: counts }: Reply) {
  return counts ? { usage: { ...counts, total_tokens: counts.prompt_tokens + counts.completion_tokens } } : {};
}

function finishReason({ tool_calls: calls }: Reply): string {
  return calls?.length ? 'tool_calls' : 'stop';
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';

/** How the server answers one request. */
export type Answer =
  | { status?: number; headers?: Record<string, string>; json: unknown }
  | { status?: number; headers?: Record<string, string>; text: string }
  | { events: readonly (string | Uint8Array)[]; end?: 'close' | 'reset' | 'hang' }
  | 'silence'
  | 'reset';

export interface ChatServer {
  /** Address with `/v1`. */
  readonly url: string;
  readonly requests: { path: string; headers: IncomingHttpHeaders; body: Record<string, unknown> }[];
  /** Resolves when request number `count` has come in. */
  received(count: number): Promise<void>;
  /** Resolves when the client has hung up on the answer to request number `count`. */
  hungUp(count: number): Promise<void>;
}

/** A real server on loopback that gives the answers in order, one a request. It closes when the test is over. */
export async function chatServer(...answers: readonly Answer[]): Promise<ChatServer> {
  const requests: ChatServer['requests'] = [];
  const received = new Moments();
  const hungUp = new Moments();
  const server = createServer((request, response) => {
    read(request).then(async (text) => {
      const number = requests.push({
        path: request.url ?? '',
        headers: request.headers,
        body: text === '' ? {} : JSON.parse(text),
      });
      response.on('close', () => !response.writableFinished && hungUp.happened(number));
      received.happened(number);
      await give(response, answers[number - 1] ?? { status: 418, text: 'the script has no answer left' });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  const url = `http://127.0.0.1:${address.port}/v1`;
  return { url, requests, received: (count) => received.reached(count), hungUp: (count) => hungUp.reached(count) };
}

/** A chunk of a streamed completion as an event. */
export function chunk(delta: object, finishReason: string | null = null, rest: object = {}): string {
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  return `data: ${JSON.stringify({ id: 's', object: 'chat.completion.chunk', choices, ...rest })}\n\n`;
}

/** A whole completion. */
export function completion(message: object, finishReason = 'stop', rest: object = {}): Answer {
  const choices = [
    { index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason: finishReason },
  ];
  return { json: { id: 'r', object: 'chat.completion', choices, ...rest } };
}

export const DONE = 'data: [DONE]\n\n';

async function give(response: ServerResponse, answer: Answer): Promise<void> {
  if (answer === 'silence') return;
  if (answer === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if ('events' in answer) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.socket?.setNoDelay(true);
    for (const event of answer.events) await new Promise((resolve) => response.write(event, resolve));
    if (answer.end === 'reset') response.socket?.resetAndDestroy();
    else if (answer.end !== 'hang') response.end();
    return;
  }
  const type = 'json' in answer ? 'application/json' : 'text/plain';
  response.writeHead(answer.status ?? 200, { 'content-type': type, ...answer.headers });
  response.end('json' in answer ? JSON.stringify(answer.json) : answer.text);
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += piece;
  return text;
}

/** Numbered things that happen, and who waits for them. */
class Moments {
  readonly #happened = new Set<number>();
  readonly #waiting = new Map<number, () => void>();

  happened(number: number): void {
    this.#happened.add(number);
    this.#waiting.get(number)?.();
  }

  reached(number: number): Promise<void> {
    if (this.#happened.has(number)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.set(number, resolve));
  }
}

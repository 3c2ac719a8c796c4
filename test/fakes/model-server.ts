import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chunk, DONE } from './chat-server';

/** What the model says to one request: text, streamed in pieces; calls of tools; a refusal; or the beginning of a text and nothing more, with the connection kept or broken. */
export type Reply =
  | string
  | { tool_calls: readonly object[] }
  | { status: number; message: string }
  | { hangsAfter: string }
  | { breaksAfter: string };

export interface ModelServer extends AsyncDisposable {
  /** Address with `/v1`. */
  readonly url: string;
  /** Bodies and keys of the requests, in order. */
  readonly requests: { body: { messages: { role: string; content: unknown }[] }; key: string | undefined }[];
  /** Resolves when a client has hung up in the middle of an answer. */
  readonly hungUp: Promise<void>;
}

/** A real chat-completions server on loopback that gives the replies in order, to pages of any origin unless `cors` is false. */
export async function startModelServer(replies: readonly Reply[], { cors = true } = {}): Promise<ModelServer> {
  const requests: ModelServer['requests'] = [];
  let tellHungUp = () => {};
  const hungUp = new Promise<void>((resolve) => {
    tellHungUp = resolve;
  });
  const server = createServer(async (request, response) => {
    if (cors) response.setHeader('access-control-allow-origin', '*');
    if (cors) response.setHeader('access-control-allow-headers', 'authorization, content-type');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    if (request.method !== 'POST') return void response.writeHead(404).end();
    response.on('close', () => !response.writableFinished && tellHungUp());
    const place = requests.push({ body: JSON.parse(await textOf(request)), key: request.headers.authorization });
    give(response, replies[place - 1] ?? { status: 500, message: 'the script has no answer left' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    hungUp,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function give(response: ServerResponse, reply: Reply): void {
  if (typeof reply === 'object' && 'status' in reply) {
    response.writeHead(reply.status, { 'content-type': 'application/json' });
    return void response.end(JSON.stringify({ error: { message: reply.message } }));
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const delta of deltasOf(reply)) response.write(chunk(delta));
  if (typeof reply === 'object' && 'breaksAfter' in reply)
    return void response.write(': the last line\n\n', () => response.destroy());
  if (typeof reply === 'object' && 'hangsAfter' in reply) return;
  response.write(chunk({}, 'stop', { usage: { prompt_tokens: 125, completion_tokens: 16, total_tokens: 141 } }));
  response.end(DONE);
}

function deltasOf(reply: Exclude<Reply, { status: number }>): object[] {
  if (typeof reply === 'object' && 'tool_calls' in reply)
    return reply.tool_calls.map((call, index) => ({ tool_calls: [{ index, ...call }] }));
  const text = typeof reply === 'string' ? reply : 'hangsAfter' in reply ? reply.hangsAfter : reply.breaksAfter;
  return (text.match(/.{1,12}/gs) ?? []).map((content) => ({ content }));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += piece;
  return text;
}

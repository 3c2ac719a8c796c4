import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerLocally, search } from '../../demo/fixtures/local-web';

export interface PublicServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. An address `https://host/path` is at `{origin}/https://host/path`. */
  readonly origin: string;
  /** Addresses that were asked for, in order. */
  readonly asked: readonly string[];
}

export interface PublicServerOptions {
  /** What models say, in order: the `message` of a chat completion, which costs 125 and 16 tokens, or a refused key. */
  script: readonly (object | 'unauthorized')[];
  /** Origins that other servers on loopback stand for, such as a collector, and headers to send there. */
  forward?: Readonly<Record<string, { origin: string; headers?: Readonly<Record<string, string>> }>>;
  /** The origin's own files by path, for pages; beside them it answers `/search` and `/visit` as the worker does. */
  files?: Readonly<Record<string, { type: string; body: string | Uint8Array }>>;
  port?: number;
}

const QUERY = 'US GDP growth rate 2024';

/** A server on loopback that stands for the public addresses: a model with a script, and the search and pages of the demo. */
export async function servePublic({
  script,
  forward = {},
  files = {},
  port = 0,
}: PublicServerOptions): Promise<PublicServer> {
  const replies = [...script];
  const asked: string[] = [];
  const answer = async (request: IncomingMessage): Promise<Response> => {
    const path = request.url ?? '/';
    if (!/^\/https?:/.test(path)) return ownAnswer(new URL(path, 'http://127.0.0.1'), files);
    const address = new URL(path.slice(1));
    asked.push(address.href);
    const target = forward[address.origin];
    if (target) return pass(request, `${target.origin}${address.pathname}${address.search}`, target.headers);
    if (address.pathname.endsWith('/chat/completions')) {
      const reply = replies.shift();
      return reply === 'unauthorized' ? new Response(null, { status: 401 }) : Response.json(completion(reply));
    }
    return answerLocally(address, QUERY);
  };
  const server = createServer((request, response) => {
    void answer(request).then(async (reply) => {
      response
        .writeHead(reply.status, Object.fromEntries(reply.headers))
        .end(new Uint8Array(await reply.arrayBuffer()));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The message of a reply that calls one tool. */
export const toolCall = (name: string, args: object, id = 'c1') => ({
  tool_calls: [{ id, type: 'function', function: { name, arguments: JSON.stringify(args) } }],
});

/** The message of a reply with code. */
export const codeReply = (javascript: string) => ({
  content: `Thought: one step on.\n<code>\n${javascript}\n</code>`,
});

/** What a model says to the program at the top of the design: two steps of the manager, two of its team member. */
export const PROGRAM_SCRIPT: readonly object[] = [
  codeReply("console.log(await managed_agent({ task: 'Find the US GDP growth rate of 2024.' }));"),
  toolCall('web_search', { query: QUERY }),
  toolCall('final_answer', { answer: 'It was 2.8 percent.' }),
  codeReply('final_answer(Math.round((10 * Math.log(2)) / Math.log(1.028)) / 10);'),
];

function completion(message: object = {}) {
  return {
    id: 'r',
    object: 'chat.completion',
    created: 0,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 125, completion_tokens: 16, total_tokens: 141 },
  };
}

async function pass(
  request: IncomingMessage,
  target: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const kept = ['content-type', 'content-encoding', 'authorization'].flatMap((name) => {
    const value = request.headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  const reply = await fetch(target, {
    method: request.method ?? 'GET',
    headers: { ...Object.fromEntries(kept), ...headers },
    ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
  });
  return new Response(await reply.arrayBuffer(), { status: reply.status });
}

function ownAnswer(address: URL, files: NonNullable<PublicServerOptions['files']>): Response {
  if (address.pathname === '/search') {
    const results = search(address.searchParams.get('q') ?? '');
    return Response.json({ results: results.map(({ title, address: url, snippet }) => ({ title, url, snippet })) });
  }
  const file = files[address.pathname];
  if (!file) return Response.json({ error: 'not found' }, { status: 404 });
  return new Response(typeof file.body === 'string' ? file.body : Uint8Array.from(file.body), {
    headers: { 'content-type': file.type },
  });
}

import type { RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AgentWorker } from '../../src/worker/agent-worker';

/** Answers what a server is asked as a worker of this process does, a stream when it has ended; `asked` gets each request. */
export function answeredBy(worker: AgentWorker<object>, asked: Request[] = []): RequestListener {
  return async (incoming, response) => {
    const { url = '', method = 'GET', headers } = incoming;
    const given = Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as [string, string]] : [],
    );
    const body = method === 'GET' ? null : await text(incoming);
    const request = new Request(new URL(url, `http://${headers.host}`), { method, headers: given, body });
    asked.push(request);
    const reply = await worker.fetch(request, {});
    response.writeHead(reply.status, Object.fromEntries(reply.headers)).end(Buffer.from(await reply.arrayBuffer()));
  };
}

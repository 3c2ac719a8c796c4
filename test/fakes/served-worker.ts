import type { RequestListener } from 'node:http';
import type { AgentWorker } from '../../src/worker/agent-worker';

/** Answers what a server is asked by GET as a worker of this process does; `asked` gets each request. */
export function answeredBy(worker: AgentWorker<object>, asked: Request[] = []): RequestListener {
  return async ({ url = '', headers }, response) => {
    const given = Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as [string, string]] : [],
    );
    const request = new Request(new URL(url, `http://${headers.host}`), { headers: given });
    asked.push(request);
    const reply = await worker.fetch(request, {});
    response.writeHead(reply.status, Object.fromEntries(reply.headers)).end(Buffer.from(await reply.arrayBuffer()));
  };
}

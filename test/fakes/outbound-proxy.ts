import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fetch } from '../../src/web/fetch';

export interface OutboundProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** What was asked for since the last `forget`, in order. */
  readonly asked: readonly { url: string; headers: IncomingMessage['headers'] }[];
  forget(): void;
}

/** An HTTP proxy on loopback through which a workerd fetches all that it fetches, https as well; `fetch` answers, redirects untouched. */
export async function serveOutbound(fetch: Fetch): Promise<OutboundProxy> {
  const asked: { url: string; headers: IncomingMessage['headers'] }[] = [];
  // workerd asks proxies without a `Host`
  const server = createServer({ requireHostHeader: false }, async (request, response) => {
    const { url = '', method = 'GET', headers } = request;
    asked.push({ url, headers });
    try {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const kept = Object.entries(headers).flatMap(([name, value]) =>
        typeof value === 'string' && !OF_CONNECTION.has(name) ? [[name, value] as const] : [],
      );
      const sent = { method, headers: Object.fromEntries(kept), redirect: 'manual' as const };
      const reply = await fetch(url, { ...sent, ...(chunks.length > 0 && { body: Buffer.concat(chunks) }) });
      response.writeHead(reply.status, Object.fromEntries(reply.headers));
      for await (const chunk of reply.body ?? []) response.write(chunk);
      response.end();
    } catch {
      response.destroy(); // as a network that does not reach it
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    forget: () => void asked.splice(0),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const OF_CONNECTION = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive']);

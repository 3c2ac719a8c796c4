import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fetch } from '../../src/web/fetch';

export interface PageServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** `127.0.0.1:PORT`, as `allowHosts` takes it. */
  readonly host: string;
  /** Requests that came, in order. */
  readonly requests: IncomingMessage[];
  /** A fetch for public addresses: each request goes to this server instead, the host it was meant for in `x-host`. */
  readonly fetch: Fetch;
  close(): Promise<void>;
}

/** A real server on loopback that answers every request with `handle`. */
export async function servePages(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<PageServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    host: `127.0.0.1:${port}`,
    requests,
    fetch: (input, init) => {
      const meant = new URL(input instanceof Request ? input.url : input);
      const headers = new Headers(init?.headers);
      headers.set('x-host', meant.host);
      return fetch(`${origin}${meant.pathname}${meant.search}`, { ...init, headers });
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

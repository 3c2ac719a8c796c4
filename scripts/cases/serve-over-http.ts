import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Serve } from './serving';

/** A server on loopback, on a port that was free. */
export const serveOverHttp: Serve = async (answer) => {
  const server = createServer((request, response) => {
    reply(request, response, answer).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    fetch: (input, init) => fetch(input, init),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

async function reply(incoming: IncomingMessage, outgoing: ServerResponse, answer: Parameters<Serve>[0]): Promise<void> {
  const pieces: Uint8Array[] = [];
  for await (const piece of incoming) pieces.push(piece);
  const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const body = pieces.length > 0 ? Buffer.concat(pieces) : null;
  const method = incoming.method ?? 'GET';
  const response = await answer(
    new Request(`http://${incoming.headers.host}${incoming.url}`, { method, headers, body }),
  );
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body) await pipeline(Readable.from(response.body), outgoing);
  else outgoing.end();
}

import { expect, test } from 'vitest';
import { asks, hostedWorker } from '../fakes/hosted-worker';

const ORIGIN = 'https://app.example';
const worker = hostedWorker({
  auth: { origins: [ORIGIN], owner: ({ headers }) => headers.get('x-api-key') ?? undefined },
});

/** What a browser asks before a page of that origin may send those headers. */
function preflight(origin: string, headers: string): Promise<Response> {
  const asked = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': headers };
  return asks(worker).ask('/runs', { method: 'OPTIONS', headers: asked });
}

test('a page of a listed origin may send the header that tells its owner', async () => {
  const { headers } = await preflight(ORIGIN, 'content-type,x-api-key');

  const allowed = headers.get('access-control-allow-headers')?.split(/, */);
  expect(allowed).toEqual(expect.arrayContaining(['authorization', 'content-type', 'x-api-key']));
});

test('a page of another origin is told of no header that it may send', async () => {
  const { status, headers } = await preflight('https://other.example', 'x-api-key');

  expect([status, headers.get('access-control-allow-headers')]).toEqual([403, null]);
});

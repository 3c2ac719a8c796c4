import { isRequest, redirectOf } from './redirect-of';

const MAX_REDIRECTS = 20; // of the Fetch standard
const BODY_HEADERS = ['content-encoding', 'content-language', 'content-location', 'content-type'];
const ORIGIN_HEADERS = ['authorization', 'proxy-authorization', 'cookie', 'host'];

/**
 * Fetches as the Fetch standard says for `redirect: 'follow'`, with each hop asked of `send` as a request of its own, so that
 * it can be judged: the method and body that a redirect leaves, no credentials for another origin, 20 redirects at most.
 * Needs a `send` that shows redirects: that of a page does not.
 */
export async function followRedirects(
  send: (input: string | URL | Request, init: RequestInit) => Promise<Response>,
  input: string | URL | Request,
  init: RequestInit,
): Promise<Response> {
  const spare = isRequest(input) && input.body !== null && init.body === undefined ? input.clone() : undefined;
  let hop = firstHop(input, init);
  let response = await send(input, { ...init, redirect: 'manual' });
  for (let redirects = 0; ; redirects++) {
    const url = redirectOf(response, hop.url);
    if (url === undefined) break;
    response.body?.cancel().catch(() => undefined); // else the connection stays busy
    if (redirects === MAX_REDIRECTS)
      throw new TypeError(`${hop.url.origin} redirects more than ${MAX_REDIRECTS} times`);
    hop = nextHop(hop, url, response.status);
    if (hop.hasBody && spare?.bodyUsed === false) hop.init = { ...hop.init, body: await spare.arrayBuffer() };
    response = await send(hop.url.href, hop.init);
    Object.defineProperty(response, 'redirected', { value: true });
  }
  if (spare?.bodyUsed === false) spare.body?.cancel().catch(() => undefined);
  return response;
}

/** A request on its way: where to, and how. */
interface Hop {
  url: URL;
  method: string;
  hasBody: boolean;
  init: RequestInit;
}

function firstHop(input: string | URL | Request, init: RequestInit): Hop {
  const request = isRequest(input) ? input : undefined;
  const headers = new Headers(init.headers ?? request?.headers);
  const method = (init.method ?? request?.method ?? 'GET').toUpperCase();
  const signal = init.signal ?? request?.signal;
  return {
    url: new URL(request?.url ?? new Request(input).url), // a page's own addresses may be relative
    method,
    hasBody: (init.body ?? request?.body ?? null) !== null,
    init: { ...init, method, headers, redirect: 'manual', ...(signal && { signal }) },
  };
}

function nextHop({ url: from, method, hasBody, init }: Hop, url: URL, status: number): Hop {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TypeError(`${from.origin} redirects to an address of ${url.protocol}, must be http: or https:`);
  const isElsewhere = url.origin !== from.origin;
  if (isElsewhere && (url.username !== '' || url.password !== ''))
    throw new TypeError(`${from.origin} redirects to an address with a user name or password`);
  if (url.hash === '') url.hash = from.hash;
  const headers = new Headers(init.headers);
  if (isElsewhere) for (const name of ORIGIN_HEADERS) headers.delete(name);
  const isPlain = method === 'GET' || method === 'HEAD';
  const becomesGet = status === 303 ? !isPlain : (status === 301 || status === 302) && method === 'POST';
  if (!becomesGet) return { url, method, hasBody, init: { ...init, headers } };
  for (const name of BODY_HEADERS) headers.delete(name);
  const { body: _dropped, ...rest } = init;
  return { url, method: 'GET', hasBody: false, init: { ...rest, method: 'GET', headers } };
}

import type { Fetch } from '../web/fetch';

/** What an address answers: text of a page, a whole answer, or a function of the request. */
export type Page =
  | string
  | { status?: number; headers?: Readonly<Record<string, string>>; body?: string }
  | ((request: Request) => Response | Promise<Response>);

/** A `fetch` with nothing behind it but fixtures. */
export interface PageServer extends Fetch {
  /** The requests made, in order, those for unknown addresses included. */
  readonly requests: readonly Request[];
}

/**
 * A fetch that answers whole addresses, query included, from `pages`; a text is sent as HTML. Any other address rejects with
 * a `TypeError` that names it and the addresses there are, as a fetch without a network would. Redirects are not followed.
 */
export function servePages(pages: Readonly<Record<string, Page>>): PageServer {
  const byAddress = new Map(Object.entries(pages).map(([address, page]) => [new URL(address).href, page]));
  const requests: Request[] = [];

  const serve: Fetch = async (input, init) => {
    const request = new Request(input, init);
    requests.push(request);
    request.signal.throwIfAborted();
    const page = byAddress.get(request.url);
    if (page === undefined)
      throw new TypeError(`No page at ${request.url}; there are: ${[...byAddress.keys()].join(', ')}`);
    return toResponse(page, request);
  };
  return Object.assign(serve, { requests });
}

function toResponse(page: Page, request: Request): Response | Promise<Response> {
  if (typeof page === 'function') return page(request);
  const { status = 200, headers = {}, body = '' } = typeof page === 'string' ? { body: page } : page;
  const bodyless = request.method === 'HEAD' || [101, 204, 205, 304].includes(status);
  return new Response(bodyless ? null : body, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
  });
}

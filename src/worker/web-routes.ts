import { WebAccessError, type WebAccessReason } from '../errors';
import { searchDuckDuckGo } from '../tools/duckduckgo-search';
import { readPage } from '../tools/read-page';
import { isListed } from '../web/address';
import { withoutUndefined } from '../web/options';
import { Problem } from './problem';
import type { WorkerSettings } from './settings';
import type { WebRoutesOptions } from './worker-options';

const MAX_RESULTS = 10;
const STATUS: Readonly<Record<WebAccessReason, number>> = {
  address: 400,
  content_type: 502,
  network: 502,
  redirect: 502,
  status: 502,
  timeout: 504,
};

/**
 * Results of a search as the SDK's web tools read them from a proxy. Throws a `Problem`, which is never the visitor's fault: the
 * addresses are those of the engine.
 */
export async function searchWeb<Env>(
  query: string,
  { signal }: Request,
  { resolve, connect }: WebRoutesOptions,
  { fetch, clock }: WorkerSettings<Env>,
): Promise<Response> {
  const search = () => searchDuckDuckGo(query, { fetch, clock, signal }, withoutUndefined({ resolve, connect }));
  const results = await asWebProblem(search, ({ reason }) => (reason === 'address' ? 502 : undefined));
  return Response.json({ results: results.slice(0, MAX_RESULTS) });
}

/**
 * A page as Markdown, guarded as a model's own visit is; nothing of the visitor goes along, and nothing of the page comes back
 * as it was. Throws a `Problem`: 400 for an address that is refused, 403 for a host that the worker does not visit.
 */
export async function visitPage<Env>(
  address: string,
  request: Request,
  { onlyHosts, ...lookUp }: WebRoutesOptions,
  { fetch, clock }: WorkerSettings<Env>,
): Promise<Response> {
  const own = new URL(request.url).hostname.replace(/\.$/, ''); // as an address is judged
  let isForeign = false;
  const refuses = (url: URL): string | undefined => {
    isForeign = url.hostname === own || (onlyHosts !== undefined && !isListed(url, onlyHosts));
    if (!isForeign) return undefined;
    return url.hostname === own ? 'it is this worker itself' : 'its host is not one that this worker visits';
  };
  const page = await asWebProblem(
    () => readPage(fetch, address, { ...lookUp, signal: request.signal, clock, refuses }),
    () => (isForeign ? 403 : undefined),
  );
  return new Response(page, {
    headers: {
      'content-type': 'text/markdown; charset=utf-8',
      'content-security-policy': "default-src 'none'; sandbox", // should a browser show it all the same
    },
  });
}

async function asWebProblem<Value>(
  work: () => Promise<Value>,
  statusOf: (error: WebAccessError) => number | undefined,
) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof WebAccessError)) throw error;
    throw new Problem(error.message, {
      status: statusOf(error) ?? STATUS[error.reason],
      code: 'web_access',
      cause: error,
    });
  }
}

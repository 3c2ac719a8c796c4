import { runtime } from '#runtime';
import type { Fetch } from '../../web/fetch';
import { isFollowing, isRequest } from '../../web/redirect-of';
import { type Scope, unwatched } from '../scope';

/**
 * The fetch with a scope for each request, and the header `traceparent` where that scope gives one. Whether it does is asked
 * again for each redirect. A page does not show where one leads: there a request that can be repeated is made once more,
 * without the header, and the browser follows it; what another method sends goes where the browser takes it.
 */
export function watchedFetch(fetch: Fetch, scope: Scope): Fetch {
  if (scope === unwatched) return fetch;
  const open = (input: string | URL | Request, init: RequestInit) =>
    scope.child({ type: 'request', ...addressOf(input, init) });
  return async (input, init = {}) => {
    const request = open(input, init);
    const isOurs = request.traceparent !== undefined && !headersOf(input, init).has('traceparent'); // the tool's own wins
    if (!isOurs) return watch(request, init, () => fetch(input, init));
    if (!isFollowing(input, init)) return watch(request, init, () => fetch(input, withParent(input, init, request)));
    if (runtime.name === 'browser') return watch(request, init, () => fetchInPage(fetch, input, init, request));
    const { followRedirects } = await import('../../web/redirects'); // only who tells others of traces needs it
    let first: Scope | undefined = request;
    const hop: Fetch = (hopInput, hopInit = {}) => {
      const hopRequest = first ?? open(hopInput, hopInit);
      first = undefined;
      return watch(hopRequest, hopInit, () => fetch(hopInput, withParent(hopInput, hopInit, hopRequest)));
    };
    return followRedirects(hop, input, init);
  };
}

async function watch(request: Scope, { signal }: RequestInit, send: () => Promise<Response>): Promise<Response> {
  try {
    const response = await request.with(send);
    request.end({ type: 'response', status: response.status });
    return response;
  } catch (error) {
    if (!signal?.aborted) request.end({ type: 'failure', error });
    throw error;
  } finally {
    request.end();
  }
}

async function fetchInPage(
  fetch: Fetch,
  input: string | URL | Request,
  init: RequestInit,
  request: Scope,
): Promise<Response> {
  const told = withParent(input, init, request);
  const { method } = addressOf(input, init);
  if (method !== 'GET' && method !== 'HEAD') return fetch(input, told);
  const response = await fetch(input, { ...told, redirect: 'manual' });
  return response.type === 'opaqueredirect' ? fetch(input, init) : response;
}

function addressOf(input: string | URL | Request, { method }: RequestInit): { method: string; url: string } {
  const request = isRequest(input) ? input : undefined;
  return { method: (method ?? request?.method ?? 'GET').toUpperCase(), url: request?.url ?? String(input) };
}

function headersOf(input: string | URL | Request, { headers }: RequestInit): Headers {
  return new Headers(headers ?? (isRequest(input) ? input.headers : undefined));
}

function withParent(input: string | URL | Request, init: RequestInit, { traceparent }: Scope): RequestInit {
  if (traceparent === undefined) return init;
  const headers = headersOf(input, init);
  headers.set('traceparent', traceparent);
  return { ...init, headers };
}

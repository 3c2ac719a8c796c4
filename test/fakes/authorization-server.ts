import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { selfSigned } from './certificate';
import { chunk, DONE } from './chat-server';

/** Stands where huggingface.co is: an OAuth authorization server for codes with PKCE, and the router of its models. */
export interface HubServer {
  /** Leads a Chromium here that asks for Hugging Face. */
  readonly rules: readonly string[];
  readonly token: string;
  /** Addresses under `/oauth` that were asked for, in order. */
  readonly asked: URL[];
  /** What came as `authorization` with each request for a completion. */
  readonly keys: (string | undefined)[];
}

interface HubOptions {
  /** Why nobody is let in. */
  refusal?: string;
  /** Whether the first window is shown a page to sign in on, with one link, which does so. */
  isAsking?: boolean;
  /** Whether that page cuts its window off from the page that opened it. */
  isApart?: boolean;
  /** What its model says. */
  reply?: string;
}

interface Grant {
  challenge: string;
  client: string;
  redirect: string;
}

/**
 * A real server on loopback, until the test is over. It gives a code at once, or refuses with `refusal`; a code is good once, for the
 * client, the address and the verifier that belong to it.
 */
export async function startHub({
  refusal,
  isAsking = false,
  isApart = false,
  reply = '',
}: HubOptions = {}): Promise<HubServer> {
  const grants = new Map<string, Grant>();
  const asked: URL[] = [];
  const keys: HubServer['keys'] = [];
  const token = 'hf_oauth_token_of_this_test';
  const server = createServer(selfSigned('huggingface.co'), async (request, response) => {
    const url = new URL(request.url ?? '', 'https://huggingface.co');
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', '*, authorization');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    if (url.pathname.startsWith('/oauth/')) asked.push(url);
    if (isAsking && asked.length === 1) {
      if (isApart) response.setHeader('cross-origin-opener-policy', 'same-origin');
      response.setHeader('content-type', 'text/html');
      return void response.end(
        `<p>Who are you?</p><a href="${url.pathname}${url.search.replaceAll('&', '&amp;')}">Let it in</a>`,
      );
    }
    if (url.pathname === '/oauth/authorize') return sendBack(response, url, grants, refusal);
    if (url.pathname === '/oauth/token') return giveToken(request, response, grants, token);
    keys.push(request.headers.authorization);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(chunk({ content: reply }) + chunk({}, 'stop') + DONE);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const rules = ['huggingface.co', 'router.huggingface.co'].map((host) => `MAP ${host} 127.0.0.1:${port}`);
  return { rules, token, asked, keys };
}

function sendBack(response: ServerResponse, url: URL, grants: Map<string, Grant>, refusal: string | undefined): void {
  const back = new URL(url.searchParams.get('redirect_uri') ?? '');
  const code = `code-${grants.size}`;
  grants.set(code, grantOf(url));
  back.searchParams.set('state', url.searchParams.get('state') ?? '');
  if (refusal) back.searchParams.set('error_description', refusal);
  back.searchParams.set(...((refusal ? ['error', 'access_denied'] : ['code', code]) as [string, string]));
  response.writeHead(302, { location: back.href }).end();
}

async function giveToken(
  request: IncomingMessage,
  response: ServerResponse,
  grants: Map<string, Grant>,
  token: string,
): Promise<void> {
  let body = '';
  for await (const piece of request) body += piece;
  const given = new URLSearchParams(body);
  const code = given.get('code') ?? '';
  const isGood = fits(grants.get(code), given);
  grants.delete(code);
  response.writeHead(isGood ? 200 : 400, { 'content-type': 'application/json' });
  response.end(JSON.stringify(isGood ? { access_token: token, token_type: 'bearer' } : { error: 'invalid_grant' }));
}

function grantOf({ searchParams }: URL): Grant {
  if (searchParams.get('code_challenge_method') !== 'S256' || searchParams.get('response_type') !== 'code')
    throw new Error('this server grants codes with S256 only');
  return {
    challenge: searchParams.get('code_challenge') ?? '',
    client: searchParams.get('client_id') ?? '',
    redirect: searchParams.get('redirect_uri') ?? '',
  };
}

function fits(grant: Grant | undefined, given: URLSearchParams): boolean {
  if (!grant || given.get('grant_type') !== 'authorization_code' || given.has('client_secret')) return false;
  const challenge = createHash('sha256')
    .update(given.get('code_verifier') ?? '')
    .digest('base64url');
  return (
    challenge === grant.challenge &&
    given.get('client_id') === grant.client &&
    given.get('redirect_uri') === grant.redirect
  );
}

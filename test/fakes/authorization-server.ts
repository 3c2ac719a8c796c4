import { createHash } from 'node:crypto';
import type { Page } from 'playwright';

/** An OAuth authorization server as Hugging Face's is, for authorization codes with PKCE. */
export interface AuthorizationServer {
  readonly token: string;
  /** What the page asked for, in order. */
  readonly asked: URL[];
}

interface Grant {
  challenge: string;
  client: string;
  redirect: string;
}

/**
 * Answers `https://huggingface.co/oauth/*` for all windows of the page's browser: with a code at once, or with `refusal`. A
 * code is good once, for the client, the address and the verifier that belong to it.
 */
export async function authorize(page: Page, refusal?: string): Promise<AuthorizationServer> {
  const grants = new Map<string, Grant>();
  const asked: URL[] = [];
  const token = 'hf_oauth_token_of_this_test';
  await page.context().route('https://huggingface.co/oauth/**', async (route) => {
    const request = route.request();
    const url = new URL(request.url());
    asked.push(url);
    const cors = { 'access-control-allow-origin': '*' };
    if (url.pathname === '/oauth/authorize') {
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      const code = `code-${grants.size}`;
      grants.set(code, grantOf(url));
      back.searchParams.set('state', url.searchParams.get('state') ?? '');
      back.searchParams.set(...((refusal ? ['error', refusal] : ['code', code]) as [string, string]));
      return route.fulfill({ status: 302, headers: { location: back.href } });
    }
    const given = new URLSearchParams(request.postData() ?? '');
    const isGood = fits(grants.get(given.get('code') ?? ''), given);
    grants.delete(given.get('code') ?? '');
    const json = isGood ? { access_token: token, token_type: 'bearer' } : { error: 'invalid_grant' };
    return route.fulfill({ status: isGood ? 200 : 400, headers: cors, json });
  });
  return { token, asked };
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

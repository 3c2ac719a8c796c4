import { visitorNetwork } from '../../web/ip-address';
import { Problem } from '../problem';
import type { AuthOptions } from '../worker-options';

/** Who asks, once let in. */
export interface Visitor {
  /** Whose runs are seen: one name for all where the worker knows no owners. */
  owner: string;
  /** By what limits are counted: the owner, or else the network the request came from. */
  counted: string;
}

const EVERYONE = '';

/** Lets a request in, or throws a `Problem`: 401 without the right credentials, 403 from a place that is not let in. */
export async function admit<Env>(request: Request, env: Env, auth: AuthOptions<Env> | undefined): Promise<Visitor> {
  const counted = `address ${networkOf(request)}`;
  if (auth === undefined) throw unauthorized('This worker lets nobody in: its `auth` option is not set.');
  if (auth === 'none') return { owner: EVERYONE, counted };
  const { token, origins, owner } = auth;
  if (origins !== undefined && !comesFrom(request, origins))
    throw new Problem('Requests from this place are not let in.', { status: 403, code: 'forbidden' });
  if (token !== undefined) await checkToken(request, typeof token === 'function' ? token(env) : token);
  if (owner === undefined) return { owner: EVERYONE, counted };
  const name = await owner(request, env);
  if (typeof name !== 'string' || name === '') throw unauthorized('The credentials are missing or wrong.');
  return { owner: `owner ${name}`, counted: `owner ${name}` };
}

/** The origin to name in CORS headers: a listed one. */
export function listedOrigin<Env>(request: Request, auth: AuthOptions<Env> | undefined): string | undefined {
  const origin = request.headers.get('origin');
  const listed = typeof auth === 'object' ? auth.origins : undefined;
  return origin !== null && listed?.includes(origin) ? origin : undefined;
}

/** Browsers leave out `origin` where a page asks its own server by GET, and say so in `sec-fetch-site`. */
function comesFrom(request: Request, origins: readonly string[]): boolean {
  const origin = request.headers.get('origin');
  if (origin === null) return request.headers.get('sec-fetch-site') === 'same-origin';
  return origins.includes(origin) || origin === new URL(request.url).origin;
}

async function checkToken(request: Request, expected: string | undefined): Promise<void> {
  const [, given = ''] = /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  const isRight = await equalInConstantTime(given, expected ?? '');
  if (!isRight || !expected) throw unauthorized('The bearer token is missing or wrong.');
}

/** Compares by what `verify` of Web Crypto does in constant time, under a key that nobody knows. */
async function equalInConstantTime(given: string, expected: string): Promise<boolean> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  const signature = await crypto.subtle.sign('HMAC', key, encoder.encode(expected));
  return crypto.subtle.verify('HMAC', key, signature, encoder.encode(given));
}

/** As the platform says it; what a visitor says of himself (`x-forwarded-for`) is not looked at. */
function networkOf(request: Request): string {
  return visitorNetwork(request.headers.get('cf-connecting-ip') ?? '') ?? 'unknown';
}

function unauthorized(detail: string): Problem {
  return new Problem(detail, { status: 401, code: 'unauthorized', headers: { 'www-authenticate': 'Bearer' } });
}

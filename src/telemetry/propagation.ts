import { AgentConfigurationError } from '../errors';

/** Origins (`https://api.example.com`), or patterns that are tried on whole addresses. */
export type PropagateTo = readonly (string | RegExp)[];

/**
 * Whether an address may get `traceparent`: those of the page's own origin and listed ones. Elsewhere the header fails the
 * call itself where the other side's CORS rules do not name it.
 */
export function propagation(owner: string, listed: PropagateTo = []): (url: string) => boolean {
  if (!Array.isArray(listed))
    throw new AgentConfigurationError(`${owner}: propagateTo is ${String(listed)}, must be a list`);
  const patterns = listed.filter((item) => item instanceof RegExp);
  const origins = new Set(listed.filter((item) => !(item instanceof RegExp)).map((item) => originOf(owner, item)));
  return (url) => {
    const own: string | undefined = globalThis.location?.origin; // none in Node and deployed workers
    const base = own && own !== 'null' ? own : undefined;
    if (!URL.canParse(url, base)) return false;
    const { origin, href } = new URL(url, base);
    if (origin === 'null') return false;
    return origin === base || origins.has(origin) || patterns.some((pattern) => href.search(pattern) >= 0);
  };
}

function originOf(owner: string, item: unknown): string {
  if (typeof item === 'string' && URL.canParse(item) && new URL(item).origin !== 'null') return new URL(item).origin;
  throw new AgentConfigurationError(
    `${owner}: propagateTo holds ${String(item)}, must be origins such as https://api.example.com, or regular expressions`,
  );
}

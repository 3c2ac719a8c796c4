import { refuseSetting } from '../web/options';

/** Origins (`https://api.example.com`), or patterns that are tried on whole addresses. */
export type PropagateTo = readonly (string | RegExp)[];

/**
 * Whether an address may get `traceparent`: those of the page's own origin and listed ones. Elsewhere the header fails the
 * call itself where the other side's CORS rules do not name it.
 */
export function propagation(owner: string, listed: PropagateTo = []): (url: string) => boolean {
  if (!Array.isArray(listed)) refuseSetting(owner, 'propagateTo', listed, 'a list');
  for (const item of listed)
    if (!(item instanceof RegExp) && !originOf(item))
      refuseSetting(
        owner,
        'propagateTo',
        item,
        'made of origins such as https://api.example.com, or regular expressions',
      );
  return (url) => {
    const page: string | undefined = globalThis.location?.origin; // none in Node and deployed workers
    const own = originOf(page);
    const origin = originOf(url, own);
    if (!origin) return false;
    const { href } = new URL(url, own);
    return (
      listed.some((item) => (item instanceof RegExp ? href.search(item) >= 0 : originOf(item) === origin)) ||
      origin === own
    );
  };
}

/** Undefined for what is no address, or has no origin. */
function originOf(address: unknown, base?: string): string | undefined {
  if (typeof address !== 'string' || !URL.canParse(address, base)) return undefined;
  const { origin } = new URL(address, base);
  return origin === 'null' ? undefined : origin;
}

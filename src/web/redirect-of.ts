const STATUSES: readonly number[] = [301, 302, 303, 307, 308];

/** Where a response redirects to; undefined for one that does not. Throws `TypeError` for a `location` that is no address. */
export function redirectOf(response: Response, base: string | URL): URL | undefined {
  const location = STATUSES.includes(response.status) ? response.headers.get('location') : null;
  return location === null ? undefined : new URL(location, base);
}

/** Whether a request is to follow redirects, as it does by default. */
export function isFollowing(input: string | URL | Request, init: RequestInit): boolean {
  return (init.redirect ?? (isRequest(input) ? input.redirect : 'follow')) === 'follow';
}

export function isRequest(input: string | URL | Request): input is Request {
  return typeof input === 'object' && 'url' in input;
}

/** The `fetch` that a run was given; nothing in the SDK calls the global one. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

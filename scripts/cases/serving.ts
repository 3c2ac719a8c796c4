import type { Fetch } from 'smolagents-web';

/** A server under a player's control, for as long as a case takes. */
export interface Served {
  /** Without a slash at the end. */
  url: string;
  /** What the agents of the case fetch with. */
  fetch: Fetch;
  close(): Promise<void>;
}

/** Opens a server that answers by a function. */
export type Serve = (answer: (request: Request) => Promise<Response>) => Promise<Served>;

/** For runtimes that cannot listen: requests to the server's address go to the function, all others are refused. */
export const serveByFetch: Serve = async (answer) => {
  const url = 'http://script.invalid';
  return {
    url,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      if (!request.url.startsWith(`${url}/`)) throw new TypeError(`a case has no network: ${request.url}`);
      return answer(request);
    },
    close: async () => {},
  };
};

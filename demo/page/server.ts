import type { Fetch } from 'smolagents-web';
import { chosenSource, isLive } from './choices';
import type { Problem } from './next-thing';
import { part } from './parts';

/** Routes of the worker through which web tools of a page read other sites. */
const WEB_ROUTES: readonly string[] = ['/search', '/visit'];
const NO_MODEL = 'No model is set on this server.';
const HOW_TO_SET = 'Start it with HF_TOKEN, or with MODEL_ENDPOINT and MODEL_ID';

/** What is known of the server that this page comes from. */
export interface Server {
  /** False for one that serves files only. */
  isWorker: boolean;
  hasModel: boolean;
  wantsToken: boolean;
}

/** What a server is taken for until it has said more: a run will tell. */
export const UNKNOWN_SERVER: Server = { isWorker: true, hasModel: true, wantsToken: false };

/** Asks the server what it is. */
export async function askServer(): Promise<Server> {
  const reply = await fetch('/health', { priority: 'low' }).catch(() => undefined);
  if (!reply || reply.status >= 500) return UNKNOWN_SERVER;
  const told: unknown = await reply.json().catch(() => undefined);
  const { name, hasModel = true, wantsToken = false } = Object(told);
  if (name !== 'smolagents-web') return { isWorker: false, hasModel: false, wantsToken: false };
  return { isWorker: true, hasModel: hasModel === true, wantsToken: wantsToken === true };
}

/** Says beside the sources what this server can do for them. */
export function showServer({ isWorker, hasModel, wantsToken }: Server): void {
  const source = chosenSource();
  const asksHere = isLive({ source });
  part('worker-source', HTMLInputElement).disabled = !isWorker;
  part('worker-why', HTMLElement).textContent = isWorker ? (hasModel ? '' : '(none is set)') : '(it serves files only)';
  part('worker-token-field', HTMLElement).hidden = !isWorker || !(source === 'worker' || (asksHere && wantsToken));
  const hints = {
    worker: hasModel ? '' : `${NO_MODEL} ${HOW_TO_SET}. The runs and traces that it has can be opened all the same.`,
    live: isWorker
      ? 'The tools that read the web do so through this server, which wants its token. It is sent nowhere else.'
      : 'The tools “Search the web” and “Read pages” work through the server of this project (npm start), and this one serves files only: they fail here.',
  };
  const isInTheWay = asksHere && (wantsToken || !isWorker);
  part('server-hint', HTMLElement).textContent = source === 'worker' ? hints.worker : isInTheWay ? hints.live : '';
}

/** What stands in the way of a run there. */
export function problemOfServer({ hasModel }: Server): Problem | undefined {
  return hasModel ? undefined : { what: NO_MODEL, next: `${HOW_TO_SET}, or choose another model above.` };
}

/** What a run of this page fetches with: its web tools bring the token to this server, and nobody else is given it. */
export function fetchWithToken(token: string): Fetch {
  return (input, init) => {
    const { origin, pathname } = new URL(input instanceof Request ? input.url : input, location.href);
    if (origin !== location.origin || !WEB_ROUTES.includes(pathname)) return fetch(input, init);
    const request = new Request(input, init);
    request.headers.set('authorization', `Bearer ${token}`);
    return fetch(request);
  };
}

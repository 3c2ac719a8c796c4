import type { RemoteAgentOptions } from '../../src/agents/remote/remote-options';
import { RemoteAgent } from '../../src/agents/remote-agent';
import type { Fetch } from '../../src/web/fetch';
import type { AgentWorkerOptions } from '../../src/worker/worker-options';
import { hostedWorker } from './hosted-worker';

const ORIGIN = 'https://worker.example';

/** A worker in this process, the fetch that leads to it, and what it was asked. */
export function remoteWorker(options: Partial<AgentWorkerOptions<object>> = {}) {
  const worker = hostedWorker({ limits: { runsPerMinute: 1_000, runsAtOnce: 1_000 }, ...options });
  const requests: Request[] = [];
  const fetch: Fetch = async (input, init) => {
    const request = new Request(input, init);
    requests.push(request.clone());
    return worker.fetch(request, {});
  };
  return {
    fetch,
    requests,
    /** `POST /runs` and the like, in order. */
    asked: () =>
      requests.map(({ method, url }) => `${method} ${new URL(url).pathname.replace(/[0-9a-f-]{36}/, ':id')}`),
    facts: async (runId: string) => (await worker.fetch(new Request(`${ORIGIN}/runs/${runId}`), {})).json(),
    agent: (more: Partial<RemoteAgentOptions> = {}) => new RemoteAgent({ url: ORIGIN, retryBaseMs: 0, ...more }),
  };
}

/** The fetch, with every event stream cut after so many bytes. */
export function cutting(fetch: Fetch, bytes: number): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (!response.body || response.headers.get('content-type') !== 'text/event-stream') return response;
    let left = bytes;
    const cut = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        controller.enqueue(chunk.subarray(0, left));
        left -= chunk.length;
        if (left <= 0) controller.error(new TypeError('the connection was reset'));
      },
    });
    return new Response(response.body.pipeThrough(cut), response);
  };
}

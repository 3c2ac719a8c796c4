import { serveQuickCells } from './serve-quick-cells';

// The worker's own file: what `worker-forms.ts` starts. Like `worker-thread.ts` of Node, it acts when it is loaded.
if ('DedicatedWorkerGlobalScope' in globalThis) {
  serveQuickCells({
    post: (message, transfer) => postMessage(message, { transfer }),
    receive: (listener) => addEventListener('message', ({ data }: MessageEvent<unknown>) => listener(data)),
  });
}

import { parentPort } from 'node:worker_threads';
import { serveQuickCells } from '../../executors/serve-quick-cells';

// The thread's own file: what `worker-host.ts` starts. Like `sandbox-worker.ts`, it acts when it is loaded.
if (parentPort) {
  const port = parentPort;
  serveQuickCells({
    post: (message, transfer) => port.postMessage(message, transfer),
    receive: (listener) => port.on('message', listener),
  });
}

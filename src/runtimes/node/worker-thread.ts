import { parentPort } from 'node:worker_threads';
import { serveCells } from '../../executors/protocol';
import { quickCell } from '../../executors/quickjs/quick-cell';

// The thread's own file: what `worker-host.ts` starts. Alone of all files it acts when it is loaded.
if (parentPort) {
  const port = parentPort;
  serveCells(
    {
      post: (message, transfer) => port.postMessage(message, transfer),
      receive: (listener) => port.on('message', listener),
    },
    (module, settings, onPrint, state) =>
      quickCell({ module, maxPolls: Number.POSITIVE_INFINITY, settings, onPrint, ...(state && { state }) }),
  );
}

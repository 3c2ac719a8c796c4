import { type Port, serveCells } from './protocol';
import { quickCell } from './quickjs/quick-cell';

/** What a thread of the sandbox does, whichever kind of thread it is: cells of the engine, for the host at the port. */
export function serveQuickCells(port: Port): void {
  serveCells(port, (module, settings, onPrint, state) =>
    quickCell({ module, maxPolls: Number.POSITIVE_INFINITY, settings, onPrint, ...(state && { state }) }),
  );
}

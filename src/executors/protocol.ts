import {
  type Cell,
  type CellHost,
  CellLostError,
  type CellSettings,
  type CellState,
  type OnPrint,
  type Slice,
  type StepCode,
} from './cell';
import type { EngineModules } from './quickjs/engine-module';
import type { SettledCall } from './quickjs/guest/boot';

/** One end of a channel between threads: a worker, its parent port, or a `MessagePort`, made alike by whoever owns it. */
export interface Port {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  receive(listener: (message: unknown) => void): void;
}

/** What a host asks a thread. A thread serves any number of cells, told apart by `cell`. */
type Request =
  | { type: 'open'; module: WebAssembly.Module; settings: CellSettings; state?: CellState }
  | { type: 'start'; step: StepCode; budgetMs: number }
  | { type: 'settle'; results: readonly SettledCall[]; budgetMs: number }
  | { type: 'define'; encoded: string }
  | { type: 'resume' | 'state' | 'close' };
type RequestMessage = Request & { cell: number; request: number };

/** What a thread says: `ready` first and once; `value` is what the cell's method of the request's name gives. */
type ReplyMessage =
  | { type: 'ready' }
  | { type: 'reply'; cell: number; request: number; value: unknown }
  | { type: 'failure'; cell: number; request: number; message: string }
  | { type: 'print'; cell: number; text: string; skipped: number };

/** Makes a cell in the thread at hand. */
export type MakeCell = (
  module: WebAssembly.Module,
  settings: CellSettings,
  onPrint: OnPrint,
  state?: CellState,
) => Promise<Cell>;

/** The thread's end: makes cells and does with them what the host asks for. */
export function serveCells(port: Port, makeCell: MakeCell): void {
  const cells = new Map<number, Cell>();
  const say = (message: ReplyMessage, transfer: ArrayBuffer[] = []) => port.post(message, transfer);
  port.receive((received) => {
    const message = received as RequestMessage; // posted by `remoteCell` alone
    const { cell: number, request } = message;
    const onPrint: OnPrint = (text, skipped) => say({ type: 'print', cell: number, text, skipped });
    answer(message, cells, (settings, module, state) => makeCell(module, settings, onPrint, state)).then(
      (value) => say({ type: 'reply', cell: number, request, value }, isState(value) ? [value.memory.buffer] : []),
      (error: unknown) =>
        say({
          type: 'failure',
          cell: number,
          request,
          message: error instanceof Error ? error.message : String(error),
        }),
    );
  });
  say({ type: 'ready' });
}

type Make = (settings: CellSettings, module: WebAssembly.Module, state?: CellState) => Promise<Cell>;

async function answer(message: RequestMessage, cells: Map<number, Cell>, make: Make): Promise<unknown> {
  if (message.type === 'open') {
    cells.set(message.cell, await make(message.settings, message.module, message.state));
    return undefined;
  }
  const cell = cells.get(message.cell);
  if (message.type === 'close') {
    cells.delete(message.cell);
    return cell?.close();
  }
  if (!cell) throw new Error(`There is no cell ${message.cell} in this thread.`);
  if (message.type === 'start') return cell.start(message.step, message.budgetMs);
  if (message.type === 'settle') return cell.settle(message.results, message.budgetMs);
  if (message.type === 'define') return cell.define(message.encoded);
  return message.type === 'resume' ? cell.resume() : cell.state();
}

function isState(value: unknown): value is CellState {
  return typeof value === 'object' && value !== null && 'memory' in value;
}

/** A thread as the host holds it. */
export interface Thread extends Port {
  /** Ends it at once. */
  stop(): void;
  /** Called with the reason when it has ended, by `stop` or by itself. */
  onEnd(listener: (reason: string) => void): void;
  /** Told whether answers are awaited, so that an idle thread does not keep the process alive. */
  setBusy(isBusy: boolean): void;
}

/** A thread lent to one cell. */
export interface LentThread extends Thread {
  /** The cell is closed and the thread at rest: it may serve the next one. */
  release(): void;
}

/**
 * Resolves when the thread says that it is ready. Rejects with an `Error` that says why when it ends before, or says nothing for
 * `limitMs`, and with the signal's reason; it is then stopped.
 */
export async function whenReady(thread: Thread, limitMs: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new AbortController();
  thread.setBusy(true);
  try {
    await new Promise<void>((resolve, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over.signal });
      timer = setTimeout(() => reject(new Error(`it said nothing for ${limitMs / 1000} seconds`)), limitMs);
      thread.onEnd((reason) => reject(new Error(reason)));
      thread.receive(() => resolve()); // the first thing said, by `serveCells`
    });
  } catch (error) {
    thread.stop();
    throw error;
  } finally {
    over.abort();
    clearTimeout(timer);
    thread.setBusy(false);
  }
}

/** Time for requests that run no code of the model, in milliseconds. */
const PLAIN_REQUEST_MS = 30_000;

/** A host whose cells live in threads, one thread each. A request later than its budget and `graceMs` ends the thread. */
export function remoteCellHost(
  modules: EngineModules,
  acquire: (signal: AbortSignal) => Promise<LentThread>,
  graceMs: number,
): CellHost {
  return {
    open: async (settings, onPrint, state, signal) => {
      const compiled = await modules(settings.memoryBytes, signal);
      const cell = new RemoteCell(await acquire(signal), onPrint, graceMs);
      try {
        await cell.open({ type: 'open', module: compiled, settings, ...(state && { state }) });
        return cell;
      } catch (error) {
        cell.close(); // the thread may serve another one
        throw error;
      }
    },
  };
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

let lastCell = 0;

class RemoteCell implements Cell {
  readonly #thread: LentThread;
  readonly #number = ++lastCell;
  readonly #graceMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #lastRequest = 0;
  #lost: CellLostError | undefined;

  constructor(thread: LentThread, onPrint: OnPrint, graceMs: number) {
    this.#thread = thread;
    this.#graceMs = graceMs;
    thread.onEnd((reason) => this.#lose('died', `The sandbox's thread has ended: ${reason}`));
    thread.receive((received) => {
      const message = received as ReplyMessage; // posted by `serveCells` alone
      if (message.type === 'ready' || message.cell !== this.#number) return;
      if (message.type === 'print') return onPrint(message.text, message.skipped);
      const waiting = this.#waiting.get(message.request);
      this.#waiting.delete(message.request);
      if (this.#waiting.size === 0) thread.setBusy(false);
      if (message.type === 'reply') waiting?.resolve(message.value);
      else waiting?.reject(new Error(message.message));
    });
  }

  async open(request: Request): Promise<void> {
    await this.#ask(request, PLAIN_REQUEST_MS);
  }

  async start(step: StepCode, budgetMs: number): Promise<Slice> {
    return (await this.#ask({ type: 'start', step, budgetMs }, budgetMs)) as Slice;
  }

  async resume(): Promise<Slice> {
    return (await this.#ask({ type: 'resume' }, PLAIN_REQUEST_MS)) as Slice;
  }

  async settle(results: readonly SettledCall[], budgetMs: number): Promise<Slice> {
    return (await this.#ask({ type: 'settle', results, budgetMs }, budgetMs)) as Slice;
  }

  async define(encoded: string): Promise<string> {
    return String(await this.#ask({ type: 'define', encoded }, PLAIN_REQUEST_MS));
  }

  async state(): Promise<CellState> {
    return (await this.#ask({ type: 'state' }, PLAIN_REQUEST_MS)) as CellState;
  }

  close(): void {
    if (this.#lost) return;
    const isRunning = this.#waiting.size > 0;
    if (!isRunning) this.#thread.post({ type: 'close', cell: this.#number, request: ++this.#lastRequest }, []);
    this.#lose('closed', 'The cell is closed.');
    if (isRunning) this.#thread.stop();
    else this.#thread.release();
  }

  async #ask(request: Request, budgetMs: number): Promise<unknown> {
    if (this.#lost) throw this.#lost;
    const number = ++this.#lastRequest;
    const late = setTimeout(() => {
      this.#lose('late', 'The guest did not stop by itself.');
      this.#thread.stop();
    }, Math.max(0, budgetMs) + this.#graceMs);
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(number, { resolve, reject });
        this.#thread.setBusy(true);
        this.#thread.post({ ...request, cell: this.#number, request: number }, []);
      });
    } finally {
      clearTimeout(late);
    }
  }

  #lose(reason: CellLostError['reason'], message: string): void {
    this.#lost ??= new CellLostError(reason, message);
    for (const { reject } of this.#waiting.values()) reject(this.#lost);
    this.#waiting.clear();
    this.#thread.setBusy(false);
  }
}

import { EvalFlags, JSException, type JSValueHandle, QuickJS, type QuickJSOptions } from 'quickjs-wasi';
import type { CellState } from '../cell';
import { refusedImport } from '../refused-import';
import type { Guest } from './guest/boot';
import type { Host } from './guest/ends';
import { guestText } from './guest-text';

/**
 * The engine as the bridge needs it: a second engine would implement this. Texts go in and come out; no value of the guest is
 * ever looked at from outside. Any method but `create` may throw an `EngineFault`, after which the engine must not be used.
 */
export interface Engine {
  /** Runs a script of the model with `await` at its top, and tells the guest's step of its end. */
  run(code: string, file: string, resetJson: string): void;
  /** Gives the text that the guest's bridge gives, empty where it gives none. */
  call(name: Exclude<keyof Guest, 'begin'>, text: string): string;
  /** Runs promise jobs until none is left or `isDone`. */
  pump(isDone: () => boolean): void;
  state(): Pick<CellState, 'memory' | 'pointers'>;
  dispose(): void;
}

export interface EngineOptions {
  module: WebAssembly.Module;
  memoryBytes: number;
  modules: Readonly<Record<string, string>>;
  settingsJson: string;
  host: Host;
  /** Asked every 16 loops or calls of the guest; true ends the code that runs, past any `catch`. */
  shouldStop(): boolean;
  state?: Pick<CellState, 'memory' | 'pointers'>;
}

/** The engine can go no further: its memory is full, or its native stack has overflowed. */
export class EngineFault extends Error {
  override readonly name = 'EngineFault';
  readonly kind: 'stack_overflow' | 'out_of_memory';

  constructor(kind: 'stack_overflow' | 'out_of_memory', message: string) {
    super(message);
    this.kind = kind;
  }
}

/** At 256 KiB plain recursion overflows the native stack of a Chromium worker; at 192 the guest gets an error it can catch. */
const MAX_STACK_BYTES = 192 * 1024;
const HOST_NAME = 'host';
const GUEST: readonly (keyof Guest)[] = ['install', 'define', 'begin', 'settle', 'close'];

let bootCode: Uint8Array | undefined;

export async function quickJsEngine(options: EngineOptions): Promise<Engine> {
  const settings = quickJsOptions(options);
  const host = hostFunction(options.host);
  if (options.state) {
    const { memory, pointers } = options.state;
    const { stack: stackPointer, runtime: runtimePtr, context: contextPtr } = pointers;
    const vm = await QuickJS.restore({ memory, stackPointer, runtimePtr, contextPtr, extensions: [] }, settings);
    vm.registerHostCallback(HOST_NAME, host(vm));
    return new QuickJsEngine(vm, livingGuest(vm.importHandle(pointers.guest)));
  }
  const vm = await QuickJS.create(settings);
  bootCode ??= vm.compile(guestText, 'boot'); // once in a process: compiling it takes longer than all else that opens a sandbox
  using boot = vm.evalBytecode(bootCode);
  using hostHandle = vm.newFunction(HOST_NAME, host(vm));
  using settingsHandle = vm.newString(options.settingsJson);
  return new QuickJsEngine(vm, vm.callFunction(boot, vm.undefined, hostHandle, settingsHandle));
}

/** The bridge's guest in a restored memory. Throws where that holds none: it may come from a file. */
function livingGuest(guest: JSValueHandle): JSValueHandle {
  for (const name of GUEST) {
    using part = guest.getProp(name);
    if (!part.isFunction) throw new Error('its memory holds no sandbox');
  }
  return guest;
}

function quickJsOptions({ module, memoryBytes, modules, shouldStop }: EngineOptions): QuickJSOptions {
  return {
    wasm: module,
    memoryLimit: memoryBytes,
    maxStackSize: MAX_STACK_BYTES,
    timezoneOffset: 0,
    interruptHandler: shouldStop,
    wasi: dropOutput,
    moduleLoader: {
      normalize: (_base, name) => name,
      load: (name) => {
        const source = Object.hasOwn(modules, name) ? modules[name] : undefined;
        if (source === undefined) throw refusedImport(name, Object.keys(modules)); // a text: an Error's stack would cross
        return source;
      },
    },
  };
}

/** The engine's own words (assertions) do not reach the host's console. */
function dropOutput(memory: WebAssembly.Memory) {
  return {
    fd_write: (_file: number, vectors: number, count: number, writtenAt: number) => {
      const view = new DataView(memory.buffer);
      let written = 0;
      for (let index = 0; index < count; index++) written += view.getUint32(vectors + index * 8 + 4, true);
      view.setUint32(writtenAt, written, true);
      return 0;
    },
  };
}

const OPERATIONS: readonly string[] = ['call', 'print', 'answer', 'unwind', 'settled', 'failed'];

function isOperation(text: string): text is Parameters<Host>[0] {
  return OPERATIONS.includes(text);
}

function hostFunction(host: Host): (vm: QuickJS) => (...args: JSValueHandle[]) => JSValueHandle {
  return (vm) =>
    (...args) => {
      const [operation = '', first = '', second = ''] = args.map((handle) => handle.toString());
      try {
        return vm.newString(isOperation(operation) ? host(operation, first, second) : '');
      } catch {
        throw 'the sandbox could not do that'; // a text: of an Error the host's stack would cross
      }
    };
}

class QuickJsEngine implements Engine {
  readonly #vm: QuickJS;
  readonly #guest: JSValueHandle;

  constructor(vm: QuickJS, guest: JSValueHandle) {
    this.#vm = vm;
    this.#guest = guest;
  }

  run(code: string, file: string, resetJson: string): void {
    guarded(() => {
      using begin = this.#guest.getProp('begin');
      using reset = this.#vm.newString(resetJson);
      using ends = this.#vm.callFunction(begin, this.#vm.undefined, reset);
      using fulfilled = ends.getProp('fulfilled');
      using rejected = ends.getProp('rejected');
      try {
        using promise = this.#vm.evalCode(code, file, EvalFlags.ASYNC);
        this.#vm.promiseThenRaw(promise, fulfilled, rejected).dispose(); // not the guest's own `then`, which it may change
      } catch (error) {
        if (!(error instanceof JSException)) throw error;
        using thrown = error.handle;
        this.#vm.callFunction(rejected, this.#vm.undefined, thrown).dispose();
      }
    });
  }

  call(name: Exclude<keyof Guest, 'begin'>, text: string): string {
    let given = '';
    guarded(() => {
      using target = this.#guest.getProp(name);
      using argument = this.#vm.newString(text);
      using result = this.#vm.callFunction(target, this.#vm.undefined, argument);
      if (result.isString) given = result.toString();
    });
    return given;
  }

  pump(isDone: () => boolean): void {
    while (!isDone()) {
      try {
        this.#vm.executePendingJobs();
        return;
      } catch (error) {
        throwIfFault(error); // else one job threw; the rest goes on
      }
    }
  }

  state(): Pick<CellState, 'memory' | 'pointers'> {
    const { memory, stackPointer, runtimePtr, contextPtr } = this.#vm.snapshot();
    const guest = this.#vm.exportHandle(this.#guest);
    const bytes = memory.buffer instanceof ArrayBuffer ? new Uint8Array(memory.buffer) : memory.slice();
    return { memory: bytes, pointers: { stack: stackPointer, runtime: runtimePtr, context: contextPtr, guest } };
  }

  dispose(): void {
    this.#vm.dispose();
  }
}

/** Errors of the guest's code end here: the guest has told of them itself. */
function guarded(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof JSException) error.dispose();
    else throwIfFault(error, true);
  }
}

/** A `RangeError` is the native stack's, a `RuntimeError` a trap. What else the glue throws means that memory is full, if `strict`. */
function throwIfFault(error: unknown, strict = false): void {
  if (error instanceof RangeError) throw new EngineFault('stack_overflow', 'Maximum call stack size exceeded');
  if (error instanceof WebAssembly.RuntimeError) {
    const overflow = /stack|indirect/i.test(error.message);
    throw new EngineFault(
      overflow ? 'stack_overflow' : 'out_of_memory',
      overflow ? 'Maximum call stack size exceeded' : 'out of memory',
    );
  }
  if (strict) throw new EngineFault('out_of_memory', 'out of memory');
}

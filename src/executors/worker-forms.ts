import { type Thread, whenReady } from './protocol';
import { thrownWords } from './thrown';

/** Time for a worker's file to be fetched and run, in milliseconds. */
const START_MS = 15_000;

/** No form of a worker starts here: why, one for each that was tried. */
export class NoWorkerError extends Error {
  override readonly name = 'NoWorkerError';
  readonly refusals: readonly string[];

  constructor(refusals: readonly string[]) {
    super(refusals.join('; '));
    this.refusals = refusals;
  }
}

/** A way to come by a worker that runs `sandbox-worker.ts`. */
interface Form {
  name: string;
  make(): Promise<Worker>;
  hasWorked: boolean;
  /** Why it is not tried any more. */
  refusal?: string;
}

/** Starts workers in the first form that this page allows: from an address, else from a blob. */
export class WorkerForms {
  readonly #forms: readonly Form[];

  constructor(workerUrl: string | URL | undefined) {
    const beside = { name: 'a worker from sandbox-worker.js beside the module', make: workerBeside, hasWorked: false };
    const given = {
      name: `a worker from workerUrl, ${workerUrl}`,
      make: async () => new Worker(workerUrl ?? '', { type: 'module' }),
      hasWorked: false,
    };
    const blob = { name: 'a worker from a blob', make: workerOfBlob, hasWorked: false };
    this.#forms = [workerUrl === undefined ? beside : given, blob];
  }

  /** Throws a `NoWorkerError`, or the signal's reason. A form that failed the first time is left alone from then on. */
  async start(signal: AbortSignal): Promise<Thread> {
    if (!('Worker' in globalThis)) throw new NoWorkerError(['this runtime has no Web Workers']);
    const refusals: string[] = [];
    for (const form of this.#forms) {
      if (form.refusal === undefined) {
        try {
          const thread = await startOf(form, signal);
          form.hasWorked = true;
          return thread;
        } catch (error) {
          signal.throwIfAborted(); // says nothing of the form
          const refusal = `${form.name}: ${thrownWords(error).message}`;
          if (!form.hasWorked) form.refusal = refusal;
          else refusals.push(refusal); // such as a server that is away for a while
        }
      }
      if (form.refusal !== undefined) refusals.push(form.refusal);
    }
    throw new NoWorkerError(refusals);
  }
}

/** Bundlers know this very expression, and put the worker's file beside their own. */
async function workerBeside(): Promise<Worker> {
  return new Worker(new URL('./sandbox-worker.js', import.meta.url), { type: 'module' });
}

async function workerOfBlob(): Promise<Worker> {
  const { workerText } = await import('./worker-text');
  const url = URL.createObjectURL(new Blob([workerText], { type: 'text/javascript' }));
  try {
    return new Worker(url, { type: 'module' });
  } finally {
    setTimeout(() => URL.revokeObjectURL(url), START_MS); // it is read later
  }
}

async function startOf(form: Form, signal: AbortSignal): Promise<Thread> {
  const forbidden: string[] = [];
  const onViolation = (event: Event) => {
    const { effectiveDirective } = event as SecurityPolicyViolationEvent;
    if (effectiveDirective === 'worker-src') forbidden.push(effectiveDirective);
  };
  addEventListener('securitypolicyviolation', onViolation);
  try {
    const thread = threadOf(await form.make());
    await whenReady(thread, START_MS, signal);
    return thread;
  } catch (error) {
    if (forbidden.length > 0) throw new Error('the content policy forbids it (worker-src)', { cause: error });
    throw error;
  } finally {
    removeEventListener('securitypolicyviolation', onViolation);
  }
}

function threadOf(worker: Worker): Thread {
  let listener: (message: unknown) => void = () => {};
  let ended: (reason: string) => void = () => {};
  const end = (reason: string) => {
    worker.terminate();
    ended(reason);
  };
  worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => listener(data));
  worker.addEventListener('messageerror', () => end('it said something that cannot be read'));
  worker.addEventListener('error', (event) => {
    event.preventDefault(); // told by whoever waits for the thread
    end(event.message || 'it did not load: the file is missing, or is not served as JavaScript');
  });
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    receive: (next) => {
      listener = next;
    },
    onEnd: (next) => {
      ended = next;
    },
    setBusy: () => {},
    stop: () => end('it was stopped'),
  };
}

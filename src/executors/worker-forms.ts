import { type Thread, whenReady } from './protocol';
import { thrownWords } from './thrown';

/** Time for a worker's file to be fetched and run, in milliseconds. */
const START_MS = 15_000;

const ALLOW_IT =
  'Serve sandbox-worker.js of the package beside the script, or set new WebWorkerExecutor({ workerUrl }), and allow it in the ' +
  "content policy (worker-src 'self').";
const LEAVE_IT_OUT =
  'Leave `executor` out of the agent: the default one of this runtime is right for it, in Node one that runs code in threads.';

/** No form of a worker starts here: why, one for each that was tried. */
export class NoWorkerError extends Error {
  override readonly name = 'NoWorkerError';
  readonly refusals: readonly string[];
  /** What would help. */
  readonly advice: string;

  constructor(refusals: readonly string[], advice: string) {
    super(refusals.join('; '));
    this.refusals = refusals;
    this.advice = advice;
  }
}

/** A way to come by a worker that runs `sandbox-worker.ts`. */
interface Form {
  name: string;
  make(signal: AbortSignal): Promise<Made>;
  hasWorked: boolean;
  /** Why it is not tried any more. */
  refusal?: string;
}

/** A worker, and what is to be let go of when it runs or will not run any more. */
interface Made {
  worker: Worker;
  release?(): void;
}

/** Starts workers in the first form that this page allows: from an address, else from a blob. */
export class WorkerForms {
  readonly #forms: readonly Form[];

  constructor(workerUrl: string | URL | undefined) {
    const beside = { name: 'a worker from sandbox-worker.js beside the module', make: workerBeside, hasWorked: false };
    const given = {
      name: `a worker from workerUrl, ${workerUrl}`,
      make: (signal: AbortSignal) => workerFrom(new URL(workerUrl ?? '', globalThis.location?.href), signal),
      hasWorked: false,
    };
    const blob = { name: 'a worker from a blob', make: workerOfBlob, hasWorked: false };
    this.#forms = [workerUrl === undefined ? beside : given, blob];
  }

  /** Throws a `NoWorkerError`, or the signal's reason. A form that failed the first time is left alone from then on. */
  async start(signal: AbortSignal): Promise<Thread> {
    if (!('Worker' in globalThis)) throw new NoWorkerError(['this runtime has no Web Workers'], LEAVE_IT_OUT);
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
    throw new NoWorkerError(refusals, ALLOW_IT);
  }
}

function workerBeside(signal: AbortSignal): Promise<Made> {
  return workerFrom(new URL('./sandbox-worker.js', import.meta.url), signal); // bundlers know this very expression of a file
}

async function workerFrom(url: URL, signal: AbortSignal): Promise<Made> {
  if (url.origin === globalThis.location?.origin) await fetchedFirst(url, signal); // of another origin there are no workers
  return { worker: new Worker(url, { type: 'module' }) };
}

/**
 * Asks for a worker's file, which the worker then finds in the cache: this request ends with the run, that of a worker is kept
 * open by Chromium though the worker is ended. Throws where the server refuses the file, or does not answer.
 */
async function fetchedFirst(url: URL, signal: AbortSignal): Promise<void> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), START_MS);
  let reply: Response;
  try {
    reply = await fetch(url, { signal: AbortSignal.any([signal, late.signal]) });
    await reply.arrayBuffer();
  } catch {
    signal.throwIfAborted();
    if (late.signal.aborted) throw new Error(`${url.pathname} did not come for ${START_MS / 1000} seconds`);
    return; // a policy that forbids requests may yet allow workers
  } finally {
    clearTimeout(timer);
  }
  if (!reply.ok) throw new Error(`${url.pathname} answered ${reply.status}`);
}

async function workerOfBlob(signal: AbortSignal): Promise<Made> {
  const { workerText } = await import('./worker-text');
  signal.throwIfAborted();
  const url = URL.createObjectURL(new Blob([workerText], { type: 'text/javascript' }));
  const release = () => URL.revokeObjectURL(url);
  try {
    return { worker: new Worker(url, { type: 'module' }), release };
  } catch (error) {
    release();
    throw error;
  }
}

async function startOf(form: Form, signal: AbortSignal): Promise<Thread> {
  const forbidden: string[] = [];
  const onViolation = (event: Event) => {
    const { effectiveDirective } = event as SecurityPolicyViolationEvent;
    if (effectiveDirective === 'worker-src') forbidden.push(effectiveDirective);
  };
  addEventListener('securitypolicyviolation', onViolation);
  let made: Made | undefined;
  try {
    made = await form.make(signal);
    const thread = threadOf(made.worker);
    await whenReady(thread, START_MS, signal);
    return thread;
  } catch (error) {
    if (forbidden.length > 0) throw new Error('the content policy forbids it (worker-src)', { cause: error });
    throw error;
  } finally {
    made?.release?.(); // its text is read: it has spoken, or is ended
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

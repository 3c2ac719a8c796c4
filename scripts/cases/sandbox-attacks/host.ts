import { CANARY, hostUser } from './tools';

/** What was done to the host while `work` ran, told in words; the canary lies there for it to find. */
export async function watchHost<Result>(
  work: () => Promise<Result>,
): Promise<{ result: Result; touched: readonly string[] }> {
  const touched: string[] = [];
  const stop = listen((kind, reason) => touched.push(`${kind}: ${String(reason)}`));
  Reflect.set(globalThis, 'HOST_CANARY', CANARY);
  const before = pictureOfHost();
  try {
    const result = await work();
    await new Promise((resolve) => setTimeout(resolve, 0)); // a rejection that nobody handles is told a turn later
    const after = pictureOfHost();
    for (const [name, parts] of Object.entries(before)) {
      if (!sameList(parts, after[name] ?? [])) touched.push(`${name} changed`);
    }
    return { result, touched };
  } finally {
    Reflect.deleteProperty(globalThis, 'HOST_CANARY');
    stop();
  }
}

function pictureOfHost(): Readonly<Record<string, readonly unknown[]>> {
  return {
    'Object.prototype': Reflect.ownKeys(Object.prototype),
    'Array.prototype': Reflect.ownKeys(Array.prototype),
    'Function.prototype': Reflect.ownKeys(Function.prototype),
    'Promise.prototype': Reflect.ownKeys(Promise.prototype),
    globalThis: Reflect.ownKeys(globalThis),
    'a function of the host': [
      Promise.prototype.then,
      JSON.parse,
      JSON.stringify,
      console.log,
      Array.prototype.map,
      Reflect.get({}, 'polluted'),
    ],
    "the host's user": [JSON.stringify(hostUser)],
  };
}

function sameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

/** Listens for errors and rejections that nobody handles, in the way of the runtime at hand. Gives what ends it. */
function listen(onStray: (kind: string, reason: unknown) => void): () => void {
  const { process: node } = globalThis as { process?: Partial<NodeJS.Process> };
  if (node?.on && node.off) {
    const onRejection = (reason: unknown) => onStray('unhandledRejection', reason);
    const onException = (reason: unknown) => onStray('uncaughtException', reason);
    node.on('unhandledRejection', onRejection).on('uncaughtException', onException);
    return () => node.off?.('unhandledRejection', onRejection).off('uncaughtException', onException);
  }
  const onRejection = (event: Event) => onStray('unhandledrejection', Reflect.get(event, 'reason'));
  const onError = (event: Event) => onStray('error', Reflect.get(event, 'message'));
  addEventListener('unhandledrejection', onRejection);
  addEventListener('error', onError);
  return () => {
    removeEventListener('unhandledrejection', onRejection);
    removeEventListener('error', onError);
  };
}

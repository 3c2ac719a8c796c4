/** Resolves as the promise does, or rejects with the signal's reason as soon as it aborts; a late failure is dropped. */
export function abortable<T>(promise: PromiseLike<T> | T, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    const onSettled = () => signal.removeEventListener('abort', onAbort);
    Promise.resolve(promise).then(
      (value) => {
        onSettled();
        resolve(value);
      },
      (error: unknown) => {
        onSettled();
        reject(error);
      },
    );
  });
}

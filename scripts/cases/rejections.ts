/** Begins to watch for rejected promises that nobody handles; `stop` gives their reasons and ends the watch. */
export type WatchRejections = () => { stop(): readonly unknown[] };

interface RejectionEvent extends Event {
  reason: unknown;
}

/** For pages and workers, where the global object is told. */
export const watchRejectionsOfGlobal: WatchRejections = () => {
  const reasons: unknown[] = [];
  const onRejection = (event: Event) => void reasons.push((event as RejectionEvent).reason);
  globalThis.addEventListener('unhandledrejection', onRejection);
  return {
    stop: () => {
      globalThis.removeEventListener('unhandledrejection', onRejection);
      return reasons;
    },
  };
};

import type { WatchRejections } from './rejections';

/** For Node, where the process is told. */
export const watchRejectionsOfProcess: WatchRejections = () => {
  const reasons: unknown[] = [];
  const onRejection = (reason: unknown) => void reasons.push(reason);
  process.on('unhandledRejection', onRejection);
  return {
    stop: () => {
      process.off('unhandledRejection', onRejection);
      return reasons;
    },
  };
};

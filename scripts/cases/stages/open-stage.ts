import type { RuntimeName } from '../player';
import type { Stage } from './stage';

/** Sets up the runtime asked for; what only one of them needs is loaded only for it. Throws a `StageError`. */
export async function openStage(runtime: RuntimeName): Promise<Stage> {
  if (runtime === 'chromium') return (await import('./chromium')).openChromium();
  if (runtime === 'workerd') return (await import('./workerd')).openWorkerd();
  const { actorIn } = await import('./play-here');
  const { serveOverHttp } = await import('../serve-over-http');
  const { watchRejectionsOfProcess } = await import('../process-rejections');
  const actor = actorIn('node', { serve: serveOverHttp, watchRejections: watchRejectionsOfProcess });
  const realTimeFactor = await actor.measure();
  return {
    realTimeFactor,
    play: (content, options) => actor.play({ content, realTimeFactor, ...options }),
    [Symbol.asyncDispose]: async () => {},
  };
}

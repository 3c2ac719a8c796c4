import { join } from 'node:path';
import { root } from '../../steps.mjs';
import type { Verdict } from '../player';
import { END, type SentFile } from './play-here';
import { type Stage, StageError } from './stage';

const STAGES = 'scripts/cases/stages';

/** An isolate of workerd: the players and the SDK's sources in one worker, bundled by wrangler as for a deployment. Throws a `StageError`. */
export async function openWorkerd(): Promise<Stage> {
  const worker = await startWorkerd(`${STAGES}/workerd-worker.ts`);
  const ask = async (path: string, body?: SentFile) => {
    const reply = await worker.fetch(`http://127.0.0.1${path}`, body && { method: 'POST', body: JSON.stringify(body) });
    if (!reply.ok || !reply.body) throw new StageError(`the worker answered ${reply.status}: ${await reply.text()}`);
    return reply;
  };
  try {
    const realTimeFactor = Number(await (await ask('/measure')).json());
    return {
      realTimeFactor,
      async *play(content, options) {
        const lines = (await (await ask('/play', { content, realTimeFactor, ...options })).text()).split('\n');
        const last = lines.pop();
        for (const line of lines) yield JSON.parse(line) as Verdict;
        if (last !== END) throw new StageError(`the worker broke off in the middle of ${options.file}`);
      },
      [Symbol.asyncDispose]: () => worker.dispose(),
    };
  } catch (error) {
    await worker.dispose();
    throw error;
  }
}

/** A worker on the SDK's sources, on loopback. */
export async function startWorkerd(entrypoint: string) {
  process.env.WRANGLER_LOG_PATH ??= join(root, 'node_modules/.cache/wrangler'); // else in the home folder
  process.env.CLOUDFLARE_CF_FETCH_ENABLED ??= 'false'; // else it asks the internet where this machine is
  const { unstable_startWorker: startWorker } = await import('wrangler');
  return startWorker({
    name: 'sources',
    config: `${STAGES}/wrangler.toml`,
    entrypoint,
    build: { tsconfig: `${STAGES}/tsconfig.worker.json` },
    dev: {
      server: { hostname: '127.0.0.1', port: 0 },
      logLevel: 'error',
      inspector: false,
      watch: false,
      persist: false,
    },
  });
}

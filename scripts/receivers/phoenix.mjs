import { fileURLToPath } from 'node:url';
import { installPython, pythonOf } from './python-package.mjs';
import { freePorts, startService } from './service.mjs';

export const PHOENIX_VERSION = '20.26.1';
const READY_MS = 180_000; // 16 s on two idle cores, much more on busy ones

/**
 * A real Arize Phoenix on loopback, with an empty database in a temporary folder. `origin` is its address; pages of
 * `allowedOrigins` may send to it. Throws `NotInstalledError` where it cannot be installed.
 * @param {{ port?: number, allowedOrigins?: readonly string[] }} [options]
 * @returns {Promise<import('./service.mjs').Service & { origin: string }>}
 */
export async function startPhoenix({ port, allowedOrigins = [] } = {}) {
  const environment = await installPython({
    name: 'phoenix',
    version: PHOENIX_VERSION,
    requirements: fileURLToPath(new URL('phoenix-requirements.txt', import.meta.url)),
  });
  const [webPort = 0, grpcPort = 0] = await freePorts(2);
  const origin = `http://127.0.0.1:${port ?? webPort}`;
  const service = await startService({
    name: 'phoenix',
    command: pythonOf(environment),
    args: ['-m', 'phoenix.server.main', 'serve'],
    environment: (folder) => ({
      PHOENIX_WORKING_DIR: folder,
      PHOENIX_HOST: '127.0.0.1',
      PHOENIX_PORT: String(port ?? webPort),
      PHOENIX_GRPC_PORT: String(grpcPort), // its default is that of every other collector
      PHOENIX_TELEMETRY_ENABLED: 'false',
      ...(allowedOrigins.length > 0 && { PHOENIX_ALLOWED_ORIGINS: allowedOrigins.join(',') }),
    }),
    isReady: () =>
      fetch(`${origin}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    readyMs: READY_MS,
  });
  return { ...service, origin };
}

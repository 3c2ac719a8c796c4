import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../steps.mjs';
import { installPython, pythonOf } from './python-package.mjs';
import { freePorts, startService } from './service.mjs';

export const ROTEL_VERSION = '0.0.1a15';
const READY_MS = 60_000;

/**
 * A real Rotel collector on loopback, which takes OTLP as JSON and as protobuf and prints what came. `origin` is the address of
 * its HTTP side. Throws `NotInstalledError` where it cannot be installed.
 * @returns {Promise<import('./service.mjs').Service & { origin: string }>}
 */
export async function startRotel() {
  const environment = await installPython({
    name: 'rotel',
    version: ROTEL_VERSION,
    requirements: fileURLToPath(new URL('rotel-requirements.txt', import.meta.url)),
  });
  const { output } = await run(`"${pythonOf(environment)}" -c "import rotel; print(rotel.__path__[0])"`);
  const [httpPort = 0, grpcPort = 0] = await freePorts(2);
  const service = await startService({
    name: 'rotel',
    command: join(output.trim(), 'rotel-agent'),
    args: [
      'start',
      ...['--otlp-http-endpoint', `127.0.0.1:${httpPort}`],
      ...['--otlp-grpc-endpoint', `127.0.0.1:${grpcPort}`],
      ...['--exporter', 'blackhole'],
      ...['--debug-log', 'traces', '--debug-log-verbosity', 'detailed'],
    ],
    isReady: () =>
      fetch(`http://127.0.0.1:${httpPort}/`).then(
        () => true,
        () => false,
      ),
    readyMs: READY_MS,
  });
  return { ...service, origin: `http://127.0.0.1:${httpPort}` };
}

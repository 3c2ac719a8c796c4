import { loud } from '../steps.mjs';
import { startPhoenix } from './phoenix.mjs';
import { NotInstalledError } from './python-package.mjs';
import { startRotel } from './rotel.mjs';
import { freePorts } from './service.mjs';

/**
 * Vitest's global setup of the tests that send to real receivers: one Phoenix and one Rotel serve them all. `inject('phoenix')`
 * gives its address and the origin from which pages may send to it, `inject('rotel')` its address and the file it prints to;
 * undefined where the machine cannot install them, which is told loudly, and in CI is a failure.
 * @param {import('vitest/node').TestProject} project
 */
export default async function startReceivers(project) {
  const [pagePort] = await freePorts(1);
  const pageOrigin = `http://127.0.0.1:${pagePort}`;
  const results = await Promise.allSettled([startPhoenix({ allowedOrigins: [pageOrigin] }), startRotel()]);
  const stop = async () => {
    await Promise.all(results.map((result) => (result.status === 'fulfilled' ? result.value.stop() : undefined)));
  };
  try {
    const [phoenix, rotel] = results;
    const started = phoenix.status === 'fulfilled' ? phoenix.value : absent(phoenix.reason);
    project.provide('phoenix', started && { origin: started.origin, pageOrigin });
    const collector = rotel.status === 'fulfilled' ? rotel.value : absent(rotel.reason);
    project.provide('rotel', collector && { origin: collector.origin, log: collector.log });
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

/** Tells why a receiver is not there. Throws in CI, and for anything but a failed installation. @param {unknown} reason */
function absent(reason) {
  if (!(reason instanceof NotInstalledError) || process.env.CI) throw reason;
  loud(`Tests with a real receiver do not run here: ${reason.message}`);
  return undefined;
}

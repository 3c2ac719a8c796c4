import { type Browser, chromium, type Page } from 'playwright';
import { unstable_startWorker } from 'wrangler';
import { CHROMIUM_ARGUMENTS } from '../../scripts/cases/stages/chromium';
import { findChromium } from '../../scripts/chromium.mjs';

/** How long a page may take for anything that is waited for, in milliseconds: less than a test may, so that what did not come is told. */
const PATIENCE_MS = 60_000;

/** A Chromium, or undefined where there is none; `rules` maps names to other hosts, as in `--host-resolver-rules`. */
export async function openBrowser(rules: readonly string[] = []): Promise<Browser | undefined> {
  const executablePath = await findChromium();
  if (!executablePath) return undefined;
  const mapped = rules.length > 0 ? [`--host-resolver-rules=${rules.join(', ')}`] : [];
  const args = [...CHROMIUM_ARGUMENTS, ...mapped];
  const browser = await chromium.launch({ executablePath, args, timeout: PATIENCE_MS });
  browser.on('context', (context) => context.setDefaultTimeout(PATIENCE_MS));
  return browser;
}

/** Lets a page ask the public addresses of a server (`servePublic`) on loopback; loopback itself it asks directly. */
export async function answerPublicly(page: Page, server: string): Promise<void> {
  await page.route(
    (url) => !['localhost', '127.0.0.1'].includes(url.hostname),
    async (route) => {
      const request = route.request();
      const response = await fetch(`${server}/${request.url()}`, {
        method: request.method(),
        headers: { 'content-type': request.headers()['content-type'] ?? 'text/plain' },
        ...(request.postDataBuffer() && { body: new Uint8Array(request.postDataBuffer() ?? []) }),
      });
      await route.fulfill({
        status: response.status,
        headers: { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' },
        contentType: response.headers.get('content-type') ?? '',
        body: Buffer.from(await response.arrayBuffer()),
      });
    },
  );
}

export type WorkerSettings = Pick<
  Parameters<typeof unstable_startWorker>[0],
  'compatibilityDate' | 'compatibilityFlags' | 'bindings' | 'migrations'
>;

const DEV = {
  server: { hostname: '127.0.0.1', port: 0 },
  logLevel: 'error',
  inspector: false,
  watch: false,
  persist: false,
} as const;

/** A worker of workerd on the built package, on loopback. */
export async function startWorker(entrypoint: string, settings: WorkerSettings = {}) {
  return unstable_startWorker({ config: 'test/fakes/wrangler.toml', entrypoint, dev: DEV, ...settings });
}

/** The project's own worker by its `wrangler.toml` as it stands, with variables and secrets as `bindings`. */
export async function startProjectWorker(bindings: NonNullable<WorkerSettings['bindings']>) {
  const build = { custom: { command: '' } }; // nothing is watched, and built again, while tests run
  return unstable_startWorker({ config: 'wrangler.toml', bindings, build, dev: DEV });
}

import type { Page } from 'playwright';
import type { Shown } from '../rendering/shown';

/** What pages get for the runner, and what a text would set that took effect. */
interface PageGlobals {
  __xss?: unknown;
  reports: string[];
}

/** Watches a page that is not opened yet; what is returned tells what it did since, when it has come to rest. */
export async function watchPage(page: Page): Promise<() => Promise<Omit<Shown, 'text' | 'links'>>> {
  const problems: string[] = [];
  const hosts = new Set<string>();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('request', (request) => hosts.add(new URL(request.url()).hostname));
  await page.addInitScript(() => {
    const reports: string[] = [];
    Object.assign(globalThis, { reports });
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      reports.push(`${violatedDirective} ${blockedURI}`),
    );
  });
  return async () => {
    await page.waitForLoadState('networkidle');
    const { executed, reports } = await page.evaluate(() => {
      const { __xss, reports } = globalThis as unknown as PageGlobals;
      return { executed: __xss !== undefined, reports };
    });
    return { executed, hosts: [...hosts], reports, problems };
  };
}

import { VisitWebpageTool } from 'smolagents-web';
import { virtualClock } from 'smolagents-web/testing';
import { scriptedResponse } from '../scripted-response';
import { visitingHandle } from '../visiting-handle';
import { bodyOf } from './body';
import type { PageCase } from './case';

const URL_OF_NONE = 'https://pages.example/';

/** What a visit came to. */
export interface Visit {
  outcome: 'text' | 'error';
  /** The output, or the error's message: what the model receives. */
  text: string;
  requests: number;
  /** Decoded bytes that were read of the body. */
  readBytes: number;
  realMs: number;
  virtualMs: number;
}

/** Visits the page of a case. Only a body with delays takes (virtual) time. */
export async function visit(page: PageCase): Promise<Visit> {
  const clock = virtualClock();
  const release = page.bodyGen?.delayMsPerChunk ? () => {} : clock.hold();
  let requests = 0;
  let readBytes = 0;
  const fetch = async () => {
    requests += 1;
    const body = bodyOf(page, clock, (bytes) => {
      readBytes += bytes;
    });
    return scriptedResponse(body, { status: page.status ?? 200, headers: withoutEncoding(page.headers) });
  };
  const startMs = performance.now();
  const handle = visitingHandle(fetch, clock);
  const outcome = await new VisitWebpageTool().execute({ url: page.url ?? URL_OF_NONE }, handle).then(
    (text) => ({ outcome: 'text' as const, text }),
    (error: unknown) => ({ outcome: 'error' as const, text: error instanceof Error ? error.message : String(error) }),
  );
  release();
  return { ...outcome, requests, readBytes, realMs: performance.now() - startMs, virtualMs: clock.now() };
}

/** The bytes are decoded already; a runtime that reads this header would decode them again. */
function withoutEncoding(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-encoding'));
}

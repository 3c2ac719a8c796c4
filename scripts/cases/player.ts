import type { ObjectState } from 'smolagents-web/worker';
import type { KeyRules } from './key-rules';
import type { WatchRejections } from './rejections';
import type { ShowRun } from './rendering/shown';
import type { Serve } from './serving';

/** Plays the cases of one kind through the public API. A player knows nothing of the runtime: no Node, no page. */
export interface Player {
  kind: string;
  /** All keys and values that the player implements, in the language of `format.keys`. */
  keys: KeyRules;
  /** For kinds of which a file is one case: the key that is its id. */
  wholeFile?: string;
  /**
   * Plays one case whose keys fit and says what was not as expected; an empty list is a pass.
   * Throws a `CaseError` for a case that contradicts itself, `CaseSkipped` for one that this runtime cannot run.
   */
  play(item: Readonly<Record<string, unknown>>, surroundings: Surroundings): Promise<string[]>;
}

export type RuntimeName = 'node' | 'chromium' | 'workerd';

export interface Surroundings {
  runtime: RuntimeName;
  /** Limits in real time are multiplied by it; at least 1. */
  realTimeFactor: number;
  watchRejections: WatchRejections;
  /** Opens servers on loopback; absent where the runtime cannot listen. */
  serve?: Serve;
  /** Shows a run in a page; absent where there are no pages. */
  showRun?: ShowRun;
  /** Hosts Durable Objects; absent where the runtime has none. */
  hostObjects?: HostObjects;
}

/** An object that the runtime hosts. */
export interface HostedObject {
  fetch(request: Request): Promise<Response>;
  alarm(): Promise<void>;
}
export type HostedObjectClass = new (state: ObjectState, env: Record<string, unknown>) => HostedObject;
/** Gives the namespace in which objects of this class live, as they find it under `binding`. */
export type HostObjects = (objectClass: HostedObjectClass, binding: string) => unknown;

/** A case that cannot be played as it is written. */
export class CaseError extends Error {
  override readonly name = 'CaseError';
}

/** A case that the runtime at hand cannot run; the message says why. */
export class CaseSkipped extends Error {
  override readonly name = 'CaseSkipped';
}

/** What became of one case. */
export type Verdict = { file: string; id: string } & (
  | { state: 'passed' }
  | { state: 'failed'; reasons: string[] }
  | { state: 'skipped'; reason: string }
);

import type { AgentEvent } from 'smolagents-web';

/** A run as the viewer is given it: a saved one as a file's content, a live one as its events. */
export type RunToShow = { file: unknown } | { events: readonly AgentEvent[] };

/** What a page that shows a run did, with every row selected and every fold opened once. */
export interface Shown {
  /** Whether anything of the text took effect. */
  executed: boolean;
  /** Hosts that were asked for anything. */
  hosts: readonly string[];
  /** What a reader sees. */
  text: string;
  links: readonly { address: string; text: string; rel: string }[];
  /** What the policy of the page reported. */
  reports: readonly string[];
  /** Errors of the page. */
  problems: readonly string[];
}

/** Shows a run in a page of its own, under the policy of hazards/rendering.json. */
export type ShowRun = (run: RunToShow) => Promise<Shown>;

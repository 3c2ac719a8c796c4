import type { AgentEvent } from 'smolagents-web';

/** A run as what shows it is given it. */
export type RunToShow = ViewerRun | DemoRun;

/** A run for the viewer: a saved one as a file's content, a live one as its events. */
export type ViewerRun = { file: unknown } | { events: readonly AgentEvent[] };

/** A run for the demo page: a file that is dropped on it, or what its model replies to the agent that writes code. */
export type DemoRun = { dropped: unknown } | { replies: readonly ModelReply[] };

/** A text, or the message of a refusal. */
export type ModelReply = string | { refusal: string };

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

/** Shows a run in a page opened for it, under the policy of hazards/rendering.json. */
export type ShowRun = (run: RunToShow) => Promise<Shown>;

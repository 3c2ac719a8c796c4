import { agentWorker } from 'smolagents-web/worker';
import { service } from './service';

const { fetch, AgentRunObject } = agentWorker({
  ...service,
  auth: { owner: localVisitor },
  limits: { runsPerMinute: 1_000, runsAtOnce: 100 }, // there is one visitor
});

export default { fetch };
export { AgentRunObject };

/**
 * Whoever sits at this machine: programs, and the pages of this server. Pages of others are not let in, also not under a
 * name of theirs that leads here: they would spend the tokens of its owner.
 */
function localVisitor({ url, headers }: Request): string | undefined {
  const { origin, hostname } = new URL(url);
  const from = headers.get('origin') ?? origin;
  const site = headers.get('sec-fetch-site') ?? 'none';
  const isOwn = from === origin && (site === 'same-origin' || site === 'none');
  return isOwn && ['127.0.0.1', 'localhost'].includes(hostname) ? 'local' : undefined;
}

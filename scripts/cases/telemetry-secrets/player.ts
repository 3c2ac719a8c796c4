import { CaseError, type Player } from '../player';
import { serveByFetch } from '../serving';
import type { SecretsCase } from './case';
import { judge } from './judge';
import { SECRETS_KEYS } from './keys';
import { play } from './play';

/** Plays telemetry-secrets/1: what traces must not hold, and what they must still hold. */
export const telemetrySecretsPlayer: Player = {
  kind: 'telemetry-secrets/1',
  keys: SECRETS_KEYS,
  async play(item, { realTimeFactor, serve = serveByFetch }) {
    if (!isSecretsCase(item)) throw new CaseError('a case needs an id');
    return judge(item.expect ?? {}, await play(item, serve), realTimeFactor);
  },
};

/** The keys were checked against `SECRETS_KEYS` before, types included. */
function isSecretsCase(
  item: Readonly<Record<string, unknown>>,
): item is Readonly<Record<string, unknown>> & SecretsCase {
  return typeof item.id === 'string';
}

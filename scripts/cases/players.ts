import { collectorFaultsPlayer } from './collector-faults/player';
import { conformancePlayer } from './conformance/player';
import { goldenPlayer } from './golden/player';
import type { Player } from './player';
import { sandboxAttacksPlayer } from './sandbox-attacks/player';
import { telemetrySecretsPlayer } from './telemetry-secrets/player';

/** The player of each kind of file. A new kind is one player and one line here. */
export const players: ReadonlyMap<string, Player> = new Map(
  [collectorFaultsPlayer, conformancePlayer, goldenPlayer, sandboxAttacksPlayer, telemetrySecretsPlayer].map(
    (player) => [player.kind, player],
  ),
);

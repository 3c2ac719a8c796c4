import { collectorFaultsPlayer } from './collector-faults/player';
import { conformancePlayer } from './conformance/player';
import { goldenPlayer } from './golden/player';
import { modelFaultsPlayer } from './model-faults/player';
import type { Player } from './player';
import { runEndsPlayer } from './run-ends/player';
import { telemetrySecretsPlayer } from './telemetry-secrets/player';

/** The player of each kind of file. A new kind is one player and one line here. */
export const players: ReadonlyMap<string, Player> = new Map(
  [
    collectorFaultsPlayer,
    conformancePlayer,
    goldenPlayer,
    modelFaultsPlayer,
    runEndsPlayer,
    telemetrySecretsPlayer,
  ].map((player) => [player.kind, player]),
);

import { collectorFaultsPlayer } from './collector-faults/player';
import { conformancePlayer } from './conformance/player';
import { goldenPlayer } from './golden/player';
import { modelFaultsPlayer } from './model-faults/player';
import type { Player } from './player';
import { renderingPlayer } from './rendering/player';
import { runEndsPlayer } from './run-ends/player';
import { sandboxAttacksPlayer } from './sandbox-attacks/player';
import { ssrfUrlsPlayer } from './ssrf-urls/player';
import { telemetrySecretsPlayer } from './telemetry-secrets/player';
import { webpagesPlayer } from './webpages/player';
import { workerApiPlayer } from './worker-api/player';

const ALL: readonly Player[] = [
  collectorFaultsPlayer,
  conformancePlayer,
  goldenPlayer,
  modelFaultsPlayer,
  renderingPlayer,
  runEndsPlayer,
  sandboxAttacksPlayer,
  ssrfUrlsPlayer,
  telemetrySecretsPlayer,
  webpagesPlayer,
  workerApiPlayer,
];

/** The player of each kind of file. A new kind is one player and one line above. */
export const players: ReadonlyMap<string, Player> = new Map(ALL.map((player) => [player.kind, player]));

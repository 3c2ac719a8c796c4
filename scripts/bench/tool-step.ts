import type { Measurement } from './measurement';
import { median } from './median';
import { BARE, OURS, PEERS, runInPackage } from './peers';

const STEPS = 10;
const VALUES = 50; // of one process, whose median counts
const CONTESTANTS = [BARE, OURS, ...PEERS];

/**
 * What a step of tool calling costs beside its model and its tool: the processor's time for a run without that for the same run
 * written by hand, by steps. Contestants take turns, each in a warm process of its own; the ratios are those of each round.
 */
export async function measure({ rounds = 7, runs = 40 } = {}): Promise<readonly Measurement[]> {
  const steps = new Map<string, number[]>(CONTESTANTS.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of CONTESTANTS) {
      const micros = await runInPackage<readonly number[]>('tool-steps.mjs', [name, VALUES, runs, STEPS]);
      steps.get(name)?.push(median(micros) / STEPS);
    }
  }
  const perStep = (name: string) => steps.get(name) ?? [];
  const bare = perStep(BARE);
  const cost = (name: string) => perStep(name).map((step, round) => step - (bare[round] ?? 0));
  const best = PEERS.reduce((one, other) => (median(cost(other)) < median(cost(one)) ? other : one));
  const shares = cost(OURS).map((ours, round) => ours / (cost(best)[round] ?? 0));
  const loops = perStep(OURS).map((ours, round) => ours / (bare[round] ?? 0));
  return [
    { name: 'a step of the loop written by hand', median: median(bare), unit: 'µs' },
    ...[OURS, ...PEERS].map((name) => ({ name: `cost of a step: ${name}`, median: median(cost(name)), unit: 'µs' })),
    { name: `a step of ${OURS}, beside the loop written by hand`, median: median(loops), unit: 'x' },
    { name: `cost of a step, beside ${best}, the best peer`, median: median(shares), unit: 'x', goal: { atMost: 0.5 } },
  ];
}

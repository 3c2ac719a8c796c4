import type { Measurement } from './measurement';
import { median } from './median';
import { BARE, OURS, PEERS, runInPackage } from './peers';

const STEPS = 10;
const LATENCY_MS = 5;
const CONTESTANTS = [BARE, OURS, ...PEERS];

interface Cost {
  seconds: number;
  grownBytes: number;
}

/** Many tool-calling runs at once, whose model takes 5 ms to answer: how fast, and in how much memory of a fresh process. */
export async function measure({ rounds = 5, runs = 1000 } = {}): Promise<readonly Measurement[]> {
  const costs = new Map<string, Cost[]>(CONTESTANTS.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of CONTESTANTS)
      costs.get(name)?.push(await runInPackage('many-runs.mjs', [name, runs, STEPS, LATENCY_MS]));
  }
  const speeds = (name: string) => (costs.get(name) ?? []).map(({ seconds }) => runs / seconds);
  const megabytes = (name: string) => median((costs.get(name) ?? []).map(({ grownBytes }) => grownBytes / 1e6));
  const best = PEERS.reduce((one, other) => (median(speeds(other)) > median(speeds(one)) ? other : one));
  const ratios = speeds(OURS).map((ours, round) => ours / (speeds(best)[round] ?? 0));
  const about = `${runs} runs at once`;
  return [
    ...CONTESTANTS.map((name) => ({ name: `${about}: ${name}`, median: median(speeds(name)), unit: 'runs/s' })),
    { name: `${about}, beside ${best}, the best peer`, median: median(ratios), unit: 'x', goal: { atLeast: 2 } },
    ...[BARE, ...PEERS].map((name) => ({ name: `memory grown: ${name}`, median: megabytes(name), unit: 'MB' })),
    { name: `memory grown: ${OURS}`, median: megabytes(OURS), unit: 'MB', goal: { atMost: 150 } },
  ];
}

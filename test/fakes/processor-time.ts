const ROUNDS = 3;

/**
 * Milliseconds that processors spend on `work` in this process, in the fastest of some rounds: what grows with the work, however
 * busy the machine is.
 */
export async function processorMs(work: () => unknown): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    await work();
    rounds.push(process.cpuUsage(before).user / 1_000);
  }
  return Math.min(...rounds);
}

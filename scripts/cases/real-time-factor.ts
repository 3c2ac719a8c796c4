/** Milliseconds that the sample takes on the machine for which real limits in the data were written. */
const REFERENCE_MS = 60;
const ROUNDS = 5;

/**
 * How much slower than the reference this machine is at this moment, at least 1: limits in real time are multiplied by it.
 * The median of some rounds of plain arithmetic and turns of the event loop, so that a single pause does not count.
 */
export async function measureRealTimeFactor(): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const startMs = performance.now();
    await sample();
    rounds.push(performance.now() - startMs);
  }
  const median = rounds.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? REFERENCE_MS;
  return Math.max(1, Math.round((median / REFERENCE_MS) * 100) / 100);
}

async function sample(): Promise<number> {
  let value = 1;
  for (let part = 0; part < 10; part += 1) {
    for (let index = 0; index < 500_000; index += 1) value = (value * 48_271) % 2_147_483_647;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return value;
}

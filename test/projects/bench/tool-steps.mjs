// Prints how many micros one run takes each contestant, a list of rounds by name. Arguments: rounds, runs a round, steps a run.
import { contestants } from './contestants.mjs';

const [rounds, runs, steps] = process.argv.slice(2).map(Number);
const starters = Object.entries(contestants).map(([name, make]) => ({
  name,
  run: make({ steps, latencyMs: 0 }),
  micros: [],
}));

/** @param {() => Promise<string>} run */
async function play(run) {
  const started = performance.now();
  for (let index = 0; index < runs; index++) {
    const answer = await run();
    if (answer !== String(steps - 1)) throw new Error(`the answer was ${JSON.stringify(answer)}`);
  }
  return ((performance.now() - started) * 1000) / runs;
}

for (const { run } of starters) await play(run); // what is compiled and fetched on first use
for (let round = 0; round < rounds; round++) {
  const turned = starters.map((_, index) => starters[(index + round) % starters.length]); // whoever goes first pays for the garbage of others
  for (const { run, micros } of turned) micros.push(await play(run));
}
console.log(JSON.stringify(Object.fromEntries(starters.map(({ name, micros }) => [name, micros]))));

// Prints how many µs of processor time one run takes one contestant, a list: other work on the machine leaves it alone. Arguments: its name, values in the list, runs for each, steps a run.
import { contestants } from './contestants.mjs';

const WARM_UP_RUNS = 500;
const [name, ...numbers] = process.argv.slice(2);
const [values, runs, steps] = numbers.map(Number);
const run = contestants[name]({ steps, latencyMs: 0 });

/** @param {number} count */
async function play(count) {
  const started = process.cpuUsage();
  for (let index = 0; index < count; index++) {
    const answer = await run();
    if (answer !== String(steps - 1)) throw new Error(`the answer was ${JSON.stringify(answer)}`);
  }
  const { user, system } = process.cpuUsage(started);
  return (user + system) / count;
}

await play(WARM_UP_RUNS); // what is compiled and fetched on first use
const micros = [];
for (let index = 0; index < values; index++) micros.push(await play(runs));
console.log(JSON.stringify(micros));

// Prints what many runs at once cost one contestant: { seconds, grownBytes }. Arguments: its name, runs, steps a run, latency in ms.
import { contestants } from './contestants.mjs';

const [name, ...numbers] = process.argv.slice(2);
const [runs, steps, latencyMs] = numbers.map(Number);
const run = contestants[name]({ steps, latencyMs });
await run(); // what is fetched on first use

const before = process.memoryUsage.rss();
let most = before;
const look = () => {
  most = Math.max(most, process.memoryUsage.rss());
};
const looking = setInterval(look, 1);
const started = performance.now();
const answers = await Promise.all(Array.from({ length: runs }, run));
const seconds = (performance.now() - started) / 1000;
look();
clearInterval(looking);
const wrong = answers.find((answer) => answer !== String(steps - 1));
if (wrong !== undefined) throw new Error(`an answer was ${JSON.stringify(wrong)}`);
console.log(JSON.stringify({ seconds, grownBytes: most - before }));

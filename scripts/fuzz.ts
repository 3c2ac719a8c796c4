// `npm run fuzz -- [SECONDS] [SEED]`: programs made up from a seed, thrown at the bridge of Node's own sandbox.
import { throwPrograms } from './fuzz/throw-programs';

const [seconds = 60, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number);
if (!(seconds > 0) || !Number.isSafeInteger(seed)) {
  console.error('usage: npm run fuzz -- [SECONDS] [SEED]');
  process.exit(2);
}
console.log(`seed ${seed}, ${seconds} seconds`);
const { problems, ...figures } = await throwPrograms({ seed, durationMs: seconds * 1_000 });
console.log(JSON.stringify(figures));
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

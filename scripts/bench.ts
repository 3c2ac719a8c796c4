// `npm run bench [-- PART...]` measures the parts in scripts/bench, all or those named, and prints a line for each figure.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Measurement } from './bench/measurement';
import { buildPackage } from './build.mjs';
import { loud, root } from './steps.mjs';

interface Part {
  name: string;
  measure(): Promise<readonly Measurement[]>;
}

const parts = await allParts();
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !parts.some((part) => part.name === name));
if (unknown !== undefined) {
  console.error(`There is no part ${unknown}; there are ${parts.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
await buildPackage();
const missed: string[] = [];
for (const { name, measure } of parts) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n${name}`);
  for (const measurement of await measure()) {
    console.log(`  ${line(measurement)}`);
    if (measurement.goal && !isMet(measurement)) missed.push(`${name}: ${line(measurement)}`);
  }
}
loud(missed.length === 0 ? 'Every goal is met' : `${missed.length} goals are MISSED:\n    ${missed.join('\n    ')}`);
process.exit(0); // a browser or a pool of threads may be kept by a part

/** The files of the folder that measure something. */
async function allParts(): Promise<Part[]> {
  const folder = join(root, 'scripts', 'bench');
  const found: Part[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.ts')) continue;
    const part: Partial<Part> = await import(pathToFileURL(join(folder, file)).href);
    if (part.measure) found.push({ name: basename(file, '.ts'), measure: part.measure });
  }
  return found;
}

function line(measurement: Measurement): string {
  const { name, median, unit, goal } = measurement;
  const figure = `${name.padEnd(66)} ${median.toFixed(2).padStart(10)} ${unit}`;
  if (!goal) return figure;
  const bound = 'atMost' in goal ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`;
  return `${figure}  ${isMet(measurement) ? 'ok' : 'MISSED'}: ${bound} ${unit}`;
}

function isMet({ median, goal }: Measurement): boolean {
  if (!goal) return true;
  return 'atMost' in goal ? median <= goal.atMost : median >= goal.atLeast;
}

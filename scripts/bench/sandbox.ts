import type { Measurement } from './measurement';
import { median } from './median';
import { runInPackage } from './peers';

/** Figures of `sandboxes.mjs` by what they are called there. */
const FIGURES: readonly { key: string; name: string; unit: string }[] = [
  { key: 'first', name: 'first sandbox of a process, engine compiled', unit: 'ms' },
  { key: 'open', name: 'new sandbox, warm', unit: 'ms' },
  { key: 'plainStep', name: 'step without a call', unit: 'ms' },
  { key: 'nineCalls', name: 'step with nine awaited tool calls', unit: 'ms' },
  { key: 'fibonacci', name: 'step that computes fib(25)', unit: 'ms' },
  { key: 'megabyte', name: 'step that passes a text of 1 MB out', unit: 'ms' },
  { key: 'snapshot', name: 'snapshot', unit: 'ms' },
  { key: 'restore', name: 'new sandbox from a snapshot', unit: 'ms' },
  { key: 'fork', name: 'fork', unit: 'ms' },
  { key: 'snapshotMegabytes', name: 'size of the snapshot', unit: 'MB' },
  { key: 'heldMegabytes', name: 'memory of an open sandbox', unit: 'MB' },
];

const GOALS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'in-process': { open: 5, nineCalls: 3 },
  'worker thread': { open: 5 },
};

/** What the sandbox costs in Node, in the thread of the agent and in a worker thread, by turns. */
export async function measure({ rounds = 20 } = {}): Promise<readonly Measurement[]> {
  const found = await runInPackage<Record<string, Record<string, readonly number[]>>>('sandboxes.mjs', [rounds]);
  return Object.entries(found).flatMap(([host, values]) =>
    FIGURES.flatMap(({ key, name, unit }) => {
      const goal = GOALS[host]?.[key];
      const all = values[key];
      if (!all) return [];
      return [{ name: `${name}: ${host}`, median: median(all), unit, ...(goal && { goal: { atMost: goal } }) }];
    }),
  );
}

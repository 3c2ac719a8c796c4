// What every contestant is given: the same task, tool, replies and latency.
import { setTimeout as sleep } from 'node:timers/promises';

export const TASK = 'Count up by one until I say stop.';
export const SYSTEM = 'You count by calling the tool.';
export const DESCRIPTION = 'Adds two numbers.';
export const PARAMETERS = {
  type: 'object',
  properties: {
    a: { type: 'number', description: 'First number' },
    b: { type: 'number', description: 'Second number' },
  },
  required: ['a', 'b'],
  additionalProperties: false,
};
export const USAGE = { input: 100, output: 10 };

/** The tool. @param {{ a: number, b: number }} args */
export const add = async ({ a, b }) => a + b;

/**
 * The model's side of one run of `steps` replies: every reply but the last calls the tool, with other arguments each
 * time, and the last one gives the sum. Resolves after `latencyMs`, in the same turn where that is 0.
 * @param {number} turn counted from 0
 * @param {{ steps: number, latencyMs: number }} load
 * @returns {Promise<{ id: string, args: string } | { answer: string }>}
 */
export async function reply(turn, { steps, latencyMs }) {
  if (latencyMs > 0) await sleep(latencyMs);
  if (turn === steps - 1) return { answer: String(turn) };
  return { id: `call_${turn}`, args: `{"a":${turn},"b":1}` };
}

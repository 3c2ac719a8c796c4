import * as z from 'zod';
import { Problem } from './problem';
import type { WorkerSettings } from './settings';

/** The body of `POST /runs`. */
export interface AskedRun {
  /** May be left out where there is one agent only. */
  agent?: string | undefined;
  task: string;
  maxSteps?: number | undefined;
  additionalArgs?: Record<string, unknown> | undefined;
  /** The run goes on when nobody reads it. */
  background?: boolean | undefined;
}

export const askedRun: z.ZodType<AskedRun> = z.strictObject({
  agent: z.string().max(200).optional(),
  task: z.string().refine((task) => task.trim() !== '', 'must not be empty'),
  maxSteps: z.int().min(0).optional(),
  additionalArgs: z.record(z.string(), z.json()).optional(),
  background: z.boolean().optional(),
});

/** A run as its object is told of it. */
export interface RunOrder extends Omit<AskedRun, 'agent' | 'background'> {
  runId: string;
  agent: string;
  owner: string;
  /** By what limits the visitor is counted. */
  counted: string;
  /** It ends when its last reader has been away for the time of grace. */
  attached: boolean;
  traceparent?: string | undefined;
}

export const runOrder: z.ZodType<RunOrder> = z.strictObject({
  runId: z.string(),
  agent: z.string(),
  task: z.string(),
  owner: z.string(),
  counted: z.string(),
  attached: z.boolean(),
  maxSteps: z.number().optional(),
  additionalArgs: z.record(z.string(), z.json()).optional(),
  traceparent: z.string().optional(),
});

/** The agent's name. Throws a `Problem`. */
export function chooseAgent<Env>(name: string | undefined, { agents }: WorkerSettings<Env>): string {
  const names = [...agents.keys()];
  const [only = ''] = names;
  if (name === undefined && names.length === 1) return only;
  if (name === undefined)
    throw new Problem(`\`agent\` is needed; there are ${names.join(', ')}.`, { status: 400, code: 'bad_request' });
  if (agents.has(name)) return name;
  throw new Problem(`There is no agent ${JSON.stringify(name)}; there are ${names.join(', ')}.`, {
    status: 404,
    code: 'unknown_agent',
  });
}

import * as z from 'zod';
import type { HumanAnswers } from '../../agents/calls/human';
import { Problem } from '../problem';
import type { Rows } from '../rows';
import type { WorkerSettings } from '../settings';

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

const asked = {
  task: z.string().refine((task) => task.trim() !== '', 'must not be empty'),
  maxSteps: z.int().min(0).optional(),
  additionalArgs: z.record(z.string(), z.json()).optional(),
  background: z.boolean().optional(),
};

export const askedRun: z.ZodType<AskedRun> = z.strictObject({ agent: z.string().max(200).optional(), ...asked });

/** The body of `POST /runs/:id/continue`. */
export const askedNext: z.ZodType<Omit<AskedRun, 'agent'>> = z.strictObject(asked);

const toolCall = z.strictObject({ id: z.string().optional(), name: z.string(), arguments: z.json() });
const edits = {
  task: z.string().optional(),
  reply: z
    .union(
      [
        z.string(),
        z.strictObject({ content: z.string().nullable().optional(), toolCalls: z.array(toolCall).optional() }),
      ],
      'must be a text or { content?, toolCalls?: [{ id?, name, arguments }] }',
    )
    .optional(),
  code: z.string().optional(),
  earlier: z
    .record(z.string(), z.strictObject({ said: z.string().optional(), seen: z.string().optional() }))
    .optional(),
  results: z.record(z.string(), z.json()).optional(),
  managed: z.record(z.string(), z.json()).optional(), // what is in it, the agent checks
};
/** The body of `POST /runs/:id/fork`. */
export const askedFork = z.strictObject({
  step: z.int().min(1),
  ...edits,
  maxSteps: z.int().min(0).optional(),
  background: z.boolean().optional(),
});

/** The body of `POST /runs/:id/answers/:callId`. */
export const askedAnswer = z.union(
  [
    z.strictObject({ allow: z.literal(true), arguments: z.record(z.string(), z.json()).optional() }),
    z.strictObject({ refuse: z.string() }),
    z.strictObject({ answer: z.json() }),
  ],
  'an answer must be { allow: true, arguments?: { ... } }, { refuse: "why" } or { answer }',
);

/** The body of `POST /runs/:id/answers`: each by the id of its call. */
export const askedAnswers: z.ZodType<HumanAnswers> = z
  .record(z.string(), askedAnswer)
  .refine((answers) => Object.keys(answers).length > 0, 'must name a call');

/** Answers as the run's object is told of them: all are given, or none. */
export interface AskedAnswers {
  answers: HumanAnswers;
  /** By what limits who answers is counted. */
  counted: string;
  /** Whether who answers reads the events. */
  isRead: boolean;
}

const origin = z.strictObject({ runId: z.string(), step: z.number().optional(), ...edits });

/** A run as its object is told of it. */
export interface RunOrder extends Omit<AskedRun, 'agent' | 'background'> {
  runId: string;
  agent: string;
  owner: string;
  /** By what limits the visitor is counted. */
  counted: string;
  /** Which one this is of the times that the run is gone on with after it had ended; 1 at first. */
  life: number;
  /** Tokens of all visitors on this day, as they were known when the run was let in. */
  spentToday: number;
  /** It is never ended for want of readers. */
  background: boolean;
  /** It ends when its last reader has been away for the time of grace. */
  attached: boolean;
  traceparent?: string | undefined;
  /** The run that it is a branch of: from before that step, or from its end with the order's task. */
  from?: z.infer<typeof origin> | undefined;
}

export const runOrder: z.ZodType<RunOrder> = z.strictObject({
  runId: z.string(),
  agent: z.string(),
  task: z.string(),
  owner: z.string(),
  counted: z.string(),
  life: z.number(),
  spentToday: z.number(),
  background: z.boolean(),
  attached: z.boolean(),
  maxSteps: z.number().optional(),
  additionalArgs: z.record(z.string(), z.json()).optional(),
  traceparent: z.string().optional(),
  from: origin.optional(),
});

const ORDER = 'order';

export function keepOrder(rows: Rows, order: RunOrder): void {
  rows.put(ORDER, JSON.stringify(order));
}

/** The order that was kept. */
export function readOrder(rows: Rows): RunOrder {
  return runOrder.parse(JSON.parse(rows.get(ORDER) ?? 'null'));
}

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

import { AgentConfigurationError } from '../../errors';
import { Memory } from '../../memory/memory';
import { refuseSetting, refuseUnknownOptions, requireWholeNumber, showSetting } from '../../web/options';
import { isRecord } from '../../web/record';
import type { ForkOptions, GoOnOptions, ResumeOptions, RunOptions } from '../agent';
import type { AgentSettings } from '../settings';
import { checkedBudget } from './budget';

const OPTION_NAMES: readonly (keyof RunOptions)[] = [
  'signal',
  'maxSteps',
  'images',
  'additionalArgs',
  'reset',
  'memory',
  'budget',
  'meter',
  'returnFullResult',
  'clock',
  'ids',
  'fetch',
  'telemetry',
  'log',
];

const GO_ON_OPTION_NAMES: readonly string[] = [
  'signal',
  'maxSteps',
  'budget',
  'meter',
  'telemetry',
  'clock',
  'ids',
  'fetch',
  'log',
] satisfies (keyof GoOnOptions)[];
const FORK_OPTION_NAMES: readonly string[] = [...GO_ON_OPTION_NAMES, 'askAgain' satisfies keyof ForkOptions];
const RESUME_OPTION_NAMES: readonly string[] = [...GO_ON_OPTION_NAMES, 'answers' satisfies keyof ResumeOptions];

/** Throws an `AgentConfigurationError` for a task that is none. */
export function checkTask(task: unknown, { agentClass }: { agentClass: string }): void {
  if (typeof task === 'string' && task.trim()) return;
  throw new AgentConfigurationError(
    `${agentClass}: the task is ${typeof task === 'string' ? 'empty' : showSetting(task)}, must be a text`,
  );
}

/** Throws an `AgentConfigurationError` that names the option of a run which is wrong. */
export function checkRunOptions(options: RunOptions, { agentClass }: AgentSettings): void {
  refuseUnknownOptions(`${agentClass}: run`, options, OPTION_NAMES);
  checkShared(options, agentClass);
  if (options.memory !== undefined && !(options.memory instanceof Memory))
    throw new AgentConfigurationError(`${agentClass}: \`memory\` must be a Memory, such as Memory.fromJSON(saved)`);
  if (options.memory && options.reset === false)
    throw new AgentConfigurationError(
      `${agentClass}: \`memory\` and \`reset: false\` say two things; give one of them`,
    );
  const { additionalArgs } = options;
  if (additionalArgs !== undefined && !isRecord(additionalArgs))
    throw new AgentConfigurationError(`${agentClass}: \`additionalArgs\` must be an object of values by name`);
}

/** The same for a branch. */
export function checkForkOptions(options: ForkOptions, { agentClass }: AgentSettings): void {
  refuseUnknownOptions(`${agentClass}: fork`, options, FORK_OPTION_NAMES);
  const { askAgain } = options;
  if (askAgain !== undefined && typeof askAgain !== 'boolean')
    refuseSetting(`${agentClass}: fork`, 'askAgain', askAgain, 'true or false');
  checkShared(options, agentClass);
}

/** The same for a run that goes on; its answers are looked at when its log is read. */
export function checkResumeOptions(options: ResumeOptions, { agentClass }: AgentSettings): void {
  refuseUnknownOptions(`${agentClass}: resume`, options, RESUME_OPTION_NAMES);
  checkShared(options, agentClass);
}

function checkShared({ maxSteps, budget, meter, signal, log }: GoOnOptions, agentClass: string): void {
  checkedBudget(agentClass, budget);
  if (maxSteps !== undefined) requireWholeNumber(agentClass, '`maxSteps`', maxSteps, 0);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    refuseSetting(agentClass, '`signal`', signal, 'an AbortSignal, such as the `signal` of an AbortController');
  if (meter !== undefined && (typeof meter?.refusal !== 'function' || typeof meter.count !== 'function'))
    throw new AgentConfigurationError(`${agentClass}: \`meter\` must have the functions \`refusal\` and \`count\``);
  if (log !== undefined && typeof log !== 'function')
    throw new AgentConfigurationError(`${agentClass}: \`log\` must be a function of an entry`);
}

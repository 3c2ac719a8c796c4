import { AgentConfigurationError } from '../errors';
import type { Executor } from '../executors/executor';
import { MAX_LIMIT } from '../executors/sandbox-options';
import type { Memory } from '../memory/memory';
import type { ActionStep, PlanningStep, TaskStep } from '../memory/step';
import type { Model } from '../models/model';
import { DuckDuckGoSearchTool } from '../tools/duckduckgo';
import { FinalAnswerTool } from '../tools/final-answer';
import { JavaScriptInterpreterTool } from '../tools/javascript-interpreter';
import type { AnyTool } from '../tools/tool';
import { checkTool } from '../tools/tool';
import { checkCallable, checkName } from '../tools/tool-name';
import { VisitWebpageTool } from '../tools/visit-webpage';
import { refuseUnknownOptions, requireWholeNumber } from '../web/options';
import type { BeforeToolCall } from './calls/before-call';
import type { Delegate } from './calls/delegate';
import { CODE_TAGS, type CodeBlockTags, MARKDOWN_TAGS } from './code/code-tags';
import { checkKinds, checkVariables } from './option-kinds';
import { type PromptOverrides, type PromptTemplates, promptTemplates } from './prompts/prompts';
import { type Budget, checkedBudget } from './runs/budget';

/** A step that a callback may look at and change before it enters memory, or the answer that ended the run. */
export type CallbackStep = TaskStep | PlanningStep | ActionStep | { type: 'final-answer'; output: unknown };

export interface CallbackFacts {
  /** Memory before this step. */
  memory: Memory;
  runId: string;
  /** Ends the run as interrupted. */
  abort(reason?: unknown): void;
}

/** Called before the step is in memory, in the order given. What it throws ends the run. */
export type StepCallback = (step: CallbackStep, facts: CallbackFacts) => void | Promise<void>;

/** Returns false, or throws, to refuse an answer. The model is told the function's name and what it threw. */
export type FinalAnswerCheck = (answer: unknown, facts: { memory: Memory }) => boolean | Promise<boolean>;

/** What every agent takes. */
export interface AgentOptions {
  model: Model;
  tools?: readonly AnyTool[];
  /** Adds web search and page reading, for tool-calling agents a JavaScript interpreter too, where not given. */
  addBaseTools?: boolean;
  /** Agents with a name and a description, which this one may call. */
  managedAgents?: readonly Delegate[];
  /** Needed, with the description, to be managed by another agent; an identifier. */
  name?: string;
  description?: string;
  /** Added near the end of the system prompt. */
  instructions?: string;
  promptTemplates?: PromptOverrides;
  /** Default 20. */
  maxSteps?: number;
  /** A plan before the first step and after every so many. */
  planningInterval?: number;
  finalAnswerChecks?: readonly FinalAnswerCheck[];
  stepCallbacks?: readonly StepCallback[];
  /** Asked before each call of a tool or managed agent: may refuse it, or put other arguments in place. */
  beforeToolCall?: BeforeToolCall;
  /** As a managed agent: the report also holds the run's steps in short. */
  provideRunSummary?: boolean;
  /** Streams the model's text as `text` events. */
  streamOutputs?: boolean;
  /** Whether `run` resolves to the `RunResult` where its own option does not say. */
  returnFullResult?: boolean;
  /** Runs of one call with the same result before the run is ended; default 3. */
  repeatLimit?: number;
  /** What each run may spend, with all agents below it; as a managed agent, within the budget of the run above. */
  budget?: Budget;
  /** State of each run before its first step: variables of the code, values that a tool call can name. */
  state?: Readonly<Record<string, unknown>>;
}

export interface ToolCallingAgentOptions extends AgentOptions {
  /** Tool calls of one step under way at once; default all. */
  maxParallelTools?: number;
}

export interface CodeAgentOptions extends AgentOptions {
  /** Where the code runs; default the sandbox that suits the runtime. */
  executor?: Executor;
  /** Time of one step of code, in milliseconds; default 30,000. */
  stepTimeoutMs?: number;
  /** Printed text kept of one step, in characters; default 50,000. */
  maxPrintOutputsLength?: number;
  /** Modules that the code may import: name to JavaScript module source. */
  modules?: Readonly<Record<string, string>>;
  /** Asks for JSON `{thought, code}`; small models write worse code this way. */
  useStructuredOutputsInternally?: boolean;
  /** Tags around the code, or `markdown` for js fences; default `<code>` and `</code>`. */
  codeBlockTags?: CodeBlockTags | 'markdown';
}

/** An agent's options, checked and complete. Never changes. */
export type AgentSettings = Readonly<
  Required<
    Omit<
      ToolCallingAgentOptions & CodeAgentOptions,
      | 'name'
      | 'description'
      | 'instructions'
      | 'promptTemplates'
      | 'planningInterval'
      | 'beforeToolCall'
      | 'executor'
      | 'codeBlockTags'
      | 'addBaseTools'
      | 'budget'
    >
  >
> & {
  readonly agentClass: AgentClass;
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly instructions: string | undefined;
  readonly planningInterval: number | undefined;
  readonly beforeToolCall: BeforeToolCall | undefined;
  readonly executor: Executor | undefined;
  readonly budget: Budget | undefined;
  readonly prompts: PromptTemplates;
  readonly codeBlockTags: CodeBlockTags;
};

export type AgentClass = 'CodeAgent' | 'ToolCallingAgent';

const SHARED_KEYS: readonly (keyof AgentOptions)[] = [
  'model',
  'tools',
  'addBaseTools',
  'managedAgents',
  'name',
  'description',
  'instructions',
  'promptTemplates',
  'maxSteps',
  'planningInterval',
  'finalAnswerChecks',
  'stepCallbacks',
  'beforeToolCall',
  'provideRunSummary',
  'streamOutputs',
  'returnFullResult',
  'repeatLimit',
  'budget',
  'state',
];
const OWN_KEYS: Readonly<Record<AgentClass, readonly string[]>> = {
  ToolCallingAgent: ['maxParallelTools'] satisfies (keyof ToolCallingAgentOptions)[],
  CodeAgent: [
    'executor',
    'stepTimeoutMs',
    'maxPrintOutputsLength',
    'modules',
    'useStructuredOutputsInternally',
    'codeBlockTags',
  ] satisfies (keyof CodeAgentOptions)[],
};

/** Checks options and fills in the defaults. Throws an `AgentConfigurationError` that names what is wrong. */
export function agentSettings(
  agentClass: AgentClass,
  options: ToolCallingAgentOptions & CodeAgentOptions,
): AgentSettings {
  refuseUnknownOptions(agentClass, options, [...SHARED_KEYS, ...OWN_KEYS[agentClass]]);
  checkKinds(agentClass, options);
  const tools = allTools(agentClass, options);
  const { managedAgents = [], state = {}, planningInterval } = options;
  checkNames(agentClass, options, tools, managedAgents);
  if (agentClass === 'CodeAgent') checkVariables(state, [...tools, ...managedAgents]);
  const whole = (option: NumberOption, least: number, absent: number, most?: number) =>
    requireWholeNumber(
      agentClass,
      `\`${option}\``,
      options[option] === undefined ? absent : options[option],
      least,
      most,
    );
  return {
    agentClass,
    model: options.model,
    tools,
    managedAgents: [...managedAgents],
    name: options.name,
    description: options.description,
    instructions: options.instructions,
    prompts: promptTemplates(agentClass, options.promptTemplates),
    maxSteps: whole('maxSteps', 0, 20),
    planningInterval: planningInterval === undefined ? undefined : whole('planningInterval', 1, planningInterval),
    finalAnswerChecks: [...(options.finalAnswerChecks ?? [])],
    stepCallbacks: [...(options.stepCallbacks ?? [])],
    beforeToolCall: options.beforeToolCall,
    provideRunSummary: options.provideRunSummary ?? false,
    streamOutputs: options.streamOutputs ?? false,
    returnFullResult: options.returnFullResult ?? false,
    repeatLimit: whole('repeatLimit', 1, 3),
    budget: checkedBudget(agentClass, options.budget),
    state: { ...state },
    maxParallelTools: whole('maxParallelTools', 1, Number.MAX_SAFE_INTEGER),
    executor: options.executor,
    stepTimeoutMs: whole('stepTimeoutMs', 1, 30_000, MAX_LIMIT),
    maxPrintOutputsLength: whole('maxPrintOutputsLength', 1, 50_000, MAX_LIMIT),
    modules: { ...options.modules },
    useStructuredOutputsInternally: options.useStructuredOutputsInternally ?? false,
    codeBlockTags: codeTags(options.codeBlockTags === undefined ? CODE_TAGS : options.codeBlockTags),
  };
}

type NumberOption =
  | 'maxSteps'
  | 'planningInterval'
  | 'repeatLimit'
  | 'maxParallelTools'
  | 'stepTimeoutMs'
  | 'maxPrintOutputsLength';

/** The options with lists and objects of their own: what their giver puts into them later changes no agent. */
export function ownOptions<Options extends AgentOptions>(options: Options): Options {
  const { tools, managedAgents, finalAnswerChecks, stepCallbacks, budget, state } = options;
  return {
    ...options,
    ...(tools && { tools: [...tools] }),
    ...(managedAgents && { managedAgents: [...managedAgents] }),
    ...(finalAnswerChecks && { finalAnswerChecks: [...finalAnswerChecks] }),
    ...(stepCallbacks && { stepCallbacks: [...stepCallbacks] }),
    ...(budget && { budget: { ...budget } }),
    ...(state && { state: { ...state } }),
  };
}

function allTools(agentClass: AgentClass, { tools = [], addBaseTools = false }: AgentOptions): readonly AnyTool[] {
  for (const [index, tool] of tools.entries()) checkTool(tool, `${agentClass}: tools[${index}]`);
  const base: AnyTool[] = addBaseTools ? [new DuckDuckGoSearchTool(), new VisitWebpageTool()] : [];
  if (addBaseTools && agentClass === 'ToolCallingAgent') base.push(new JavaScriptInterpreterTool());
  const added = [...base, new FinalAnswerTool()].filter(({ name }) => !tools.some((tool) => tool.name === name));
  return [...tools, ...added];
}

function checkNames(
  agentClass: AgentClass,
  { name }: AgentOptions,
  tools: readonly AnyTool[],
  team: readonly Delegate[],
): void {
  if (name !== undefined) checkName(`${agentClass}:`, name);
  const inCode = agentClass === 'CodeAgent';
  for (const member of team) checkMember(agentClass, member, inCode);
  const taken = new Set(name === undefined ? [] : [name]);
  for (const used of [...tools.map((tool) => tool.name), ...team.map((member) => String(member.name))]) {
    if (taken.has(used))
      throw new AgentConfigurationError(
        `${agentClass}: the name "${used}" is used twice; tools, managed agents and the agent itself need names of their own`,
      );
    checkName('Tool', used, { inCode });
    taken.add(used);
  }
}

function checkMember(agentClass: AgentClass, member: Delegate, inCode: boolean): void {
  if (member.name === undefined || member.description === undefined) {
    throw new AgentConfigurationError(
      `${agentClass}: the managed agent "${member.name ?? '(no name)'}" needs a name and a description; give both to the agent or to new ManagedAgent({ agent, name, description })`,
    );
  }
  checkCallable('Managed agent', member.name, member.description, { inCode });
}

function codeTags(tags: CodeBlockTags | 'markdown'): CodeBlockTags {
  if (tags === 'markdown') return MARKDOWN_TAGS;
  if (Array.isArray(tags) && tags.length === 2 && tags.every((tag) => typeof tag === 'string' && tag)) return tags;
  throw new AgentConfigurationError(
    `CodeAgent: \`codeBlockTags\` is ${JSON.stringify(tags)}, must be "markdown" or a pair of texts`,
  );
}

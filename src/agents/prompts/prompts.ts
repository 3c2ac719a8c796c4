import { refuseSetting, refuseUnknownOptions } from '../../web/options';
import { codeSystemPrompt } from './code-prompt';
import { fence } from './fence';
import type { PromptFacts } from './prompt-subject';
import { toolCallingSystemPrompt } from './tool-calling-prompt';

/**
 * Everything that is said to a model beside the task and what happened, as functions. Each may be replaced:
 * `promptTemplates: { systemPrompt: (facts) => ... }`.
 */
export interface PromptTemplates {
  systemPrompt(facts: PromptFacts): string;
  planning: {
    /** The one message of the first plan. */
    initialPlan(facts: PromptFacts & { task: string }): string;
    /** System prompt and last message around the history when the plan is made anew. */
    updatePlanPreMessages(facts: PromptFacts & { task: string; systemPrompt: string }): string;
    updatePlanPostMessages(facts: PromptFacts & { task: string; remainingSteps: number }): string;
    /** What stands before a plan in memory. */
    planIntro: string;
    replanTaskIntro: string;
    replanIntro: string;
    /** The user's word after a plan. */
    proceed: string;
  };
  managedAgent: {
    task(facts: { name: string; task: string }): string;
    /** `incomplete` when the run ended at its step limit and the answer is only its last word. */
    report(facts: { name: string; finalAnswer: string; incomplete: boolean }): string;
  };
  finalAnswer: {
    /** System prompt and last message around the history when the steps are used up. */
    preMessages(facts: { task: string; systemPrompt: string }): string;
    postMessages(facts: { task: string }): string;
  };
  /** Before the values of `additionalArgs`, after the task. */
  additionalArgsIntro: string;
  /** After an error. */
  retryHint: string;
  /**
   * How the model is shown what it must not take for instructions: what tools, code and managed agents gave, and errors
   * that may quote them. Default: between tags that the text cannot close. Memory keeps the text alone.
   */
  observation(text: string): string;
}

/** Replaces some of the defaults. */
export type PromptOverrides = {
  [Key in keyof PromptTemplates]?: PromptTemplates[Key] extends (...args: never[]) => string
    ? PromptTemplates[Key]
    : PromptTemplates[Key] extends string
      ? string
      : Partial<PromptTemplates[Key]>;
};

/**
 * The default prompts of an agent class, with `overrides` put in. Throws an `AgentConfigurationError` for a prompt that
 * does not exist, and for a text in the place of a function or the other way round.
 */
export function promptTemplates(
  agentClass: 'CodeAgent' | 'ToolCallingAgent',
  overrides: PromptOverrides = {},
): PromptTemplates {
  const systemPrompt = agentClass === 'CodeAgent' ? codeSystemPrompt : toolCallingSystemPrompt;
  checkOverrides('promptTemplates', overrides, { ...SHARED, systemPrompt });
  return {
    ...SHARED,
    systemPrompt,
    ...overrides,
    planning: { ...SHARED.planning, ...overrides.planning },
    managedAgent: { ...SHARED.managedAgent, ...overrides.managedAgent },
    finalAnswer: { ...SHARED.finalAnswer, ...overrides.finalAnswer },
  };
}

/** Whether the prompt is one of the SDK, which says the same of the same agent each time. */
export function isOwnSystemPrompt(prompt: PromptTemplates['systemPrompt']): boolean {
  return prompt === codeSystemPrompt || prompt === toolCallingSystemPrompt;
}

const SHARED: Omit<PromptTemplates, 'systemPrompt'> = {
  planning: {
    initialPlan: ({ task, ...facts }) =>
      `${PLAN_TASK}\n\n${means(facts)}\n\nThe task:\n${task}\n\nBegin with the facts.`,
    updatePlanPreMessages: ({ systemPrompt }) => systemPrompt, // the same prefix stays in a server's cache
    updatePlanPostMessages: ({ task, remainingSteps, ...facts }) =>
      `Stop here and plan anew, from what has been learned above. ${REPLAN_TASK}\nAt most ${remainingSteps} steps are left.\n\n${means(facts)}\n\nThe task:\n${task}\n\nBegin with the facts.`,
    planIntro: 'The facts at hand and my plan:',
    replanTaskIntro: 'The task is still:',
    replanIntro: 'The facts so far and my new plan:',
    proceed: 'Carry out this plan now, beginning with its first open point.',
  },
  managedAgent: {
    task: ({ name, task }) =>
      `You are ${name}, working for the agent who manages you. It asks:\n---\n${task}\n---\nYour report is all that it will see of your work. Give it by final_answer, with three parts: "Short answer:", "In detail:" (figures, and the addresses they come from) and "What else matters:". If you could not do it, report what you tried and learned.`,
    report: ({ name, finalAnswer, incomplete }) =>
      incomplete
        ? `${name} did not finish: it used up its step limit. Its last, incomplete word:\n${finalAnswer}`
        : `Report of ${name}:\n${finalAnswer}`,
  },
  finalAnswer: {
    preMessages: ({ systemPrompt }) => systemPrompt,
    postMessages: ({ task }) =>
      `The steps are used up: no more code or tools can be run. From what is known above, write your best answer to the task as plain text, in a few sentences, with no code.\n\nThe task:\n${task}`,
  },
  additionalArgsIntro: 'These values come with the task; use them by their names:',
  retryHint: 'Do not do the same again: correct it, or try another way.',
  observation: fence,
};

/** Each override is of the kind of the default in its place. */
function checkOverrides(place: string, overrides: unknown, defaults: object): void {
  refuseUnknownOptions(place, overrides, Object.keys(defaults));
  const given: Readonly<Record<string, unknown>> = Object(overrides);
  for (const [name, standard] of Object.entries(defaults)) {
    const value = given[name];
    if (!Object.hasOwn(given, name)) continue;
    if (typeof standard === 'object') checkOverrides(`${place}.${name}`, value, standard);
    else if (typeof value !== typeof standard)
      refuseSetting(
        'Agent',
        `\`${place}.${name}\``,
        value,
        typeof standard === 'string' ? 'a text' : 'a function that gives a text',
      );
  }
}

const PLAN_TASK = `Before working on a task, write down what is known and how to go about it.
1. Facts: "Given:" what the task says; "To look up:" what must be found, and where; "To work out:" what follows from them.
2. Plan: numbered steps from here to the answer, each in a few words, without code or calls. End the plan with <end_plan>.`;

const REPLAN_TASK = `1. Facts: "Given:", "Learned:", "To look up:", "To work out:".
2. Plan: numbered steps that remain, each in a few words, without code or calls. End the plan with <end_plan>.`;

function means({ tools, managedAgents }: Pick<PromptFacts, 'tools' | 'managedAgents'>): string {
  const lines = [...tools, ...managedAgents].map(({ name, description }) => `- ${name}: ${description}`);
  return `The steps can use:\n${lines.join('\n')}`;
}

import { writeMemoryToMessages } from '../../memory/messages';
import type { PlanningStep } from '../../memory/step';
import type { ChatMessage, ImagePart } from '../../models/model';
import type { AgentEvent } from '../agent';
import { promptFacts } from '../prompts/prompt-facts';
import type { AgentSettings } from '../settings';
import type { RunContext } from './context';
import { think } from './think';

const STOP = ['<end_plan>'];

/** Whether a plan is due before this step. */
export function planIsDue(number: number, interval: number | undefined): boolean {
  return interval !== undefined && (number - 1) % interval === 0;
}

/** Asks for a plan, the first one or one made anew from what happened since, and keeps it in memory. */
export async function* plan(
  number: number,
  settings: AgentSettings,
  context: RunContext,
): AsyncGenerator<AgentEvent, PlanningStep> {
  const { clock, memory, task, maxSteps, scope } = context;
  const startMs = clock.now();
  const first = memory.steps.length === 1;
  const messages = first
    ? firstMessages(settings, context)
    : updateMessages(settings, context, maxSteps - (number - 1));
  const reply = yield* think({ messages, stop: STOP }, settings, context, scope);
  const words = settings.prompts.planning;
  const text = reply.content ?? '';
  const step: PlanningStep = {
    type: 'planning',
    plan: first
      ? `${words.planIntro}\n\`\`\`\n${text}\n\`\`\``
      : `${words.replanTaskIntro}\n\`\`\`\n${task}\n\`\`\`\n\n${words.replanIntro}\n\`\`\`\n${text}\n\`\`\``,
    inputMessages: messages,
    timing: { startMs, endMs: clock.now() },
  };
  if (reply.usage) step.usage = reply.usage;
  return step;
}

function firstMessages(settings: AgentSettings, { task, memory }: RunContext): ChatMessage[] {
  const text = settings.prompts.planning.initialPlan({ ...promptFacts(settings), task });
  const images: readonly ImagePart[] = memory.steps.flatMap((step) =>
    step.type === 'task' ? (step.images ?? []) : [],
  );
  return [{ role: 'user', content: images.length ? [{ type: 'text', text }, ...images] : text }];
}

function updateMessages(
  settings: AgentSettings,
  { task, memory, words }: RunContext,
  remainingSteps: number,
): ChatMessage[] {
  const { updatePlanPreMessages, updatePlanPostMessages } = settings.prompts.planning;
  const facts = { ...promptFacts(settings), task };
  return [
    { role: 'system', content: updatePlanPreMessages({ ...facts, systemPrompt: memory.systemPrompt }) },
    ...writeMemoryToMessages(memory.steps, { summaryMode: true, words }),
    { role: 'user', content: updatePlanPostMessages({ ...facts, remainingSteps }) },
  ];
}

import { readMemory, writeMemory } from './schema';
import type { ActionStep, MemoryStep } from './step';
import { succinctStep } from './succinct-step';

/** What a run remembers: the system prompt it began with and what happened since, oldest first. */
export class Memory {
  readonly systemPrompt: string;
  readonly steps: MemoryStep[];

  constructor(systemPrompt: string, steps: readonly MemoryStep[] = []) {
    this.systemPrompt = systemPrompt;
    this.steps = [...steps];
  }

  append(step: MemoryStep): void {
    this.steps.push(step);
  }

  /** The steps with the messages each model call was given. */
  fullSteps(): readonly MemoryStep[] {
    return this.steps;
  }

  /** The steps without those messages, which repeat the whole history in every step. */
  succinctSteps(): readonly MemoryStep[] {
    return this.steps.map(succinctStep);
  }

  /** All code that ran, step by step, as one text. */
  code(): string {
    return this.#actions()
      .flatMap(({ code }) => (code === undefined ? [] : [code]))
      .join('\n\n');
  }

  /** The run as text for people: task, plans, thoughts, calls, observations and errors. */
  replay(): string {
    return this.steps.map(replayStep).join('\n\n');
  }

  #actions(): ActionStep[] {
    return this.steps.filter((step) => step.type === 'action');
  }

  /** Plain JSON values: what `Memory.fromJSON` takes. Values that JSON has not are `{"$": kind, "value": ...}`. */
  toJSON(): Record<string, unknown> {
    return writeMemory(this.systemPrompt, this.succinctSteps());
  }

  /** Reads what `toJSON` gave. Throws an `AgentConfigurationError` that names the first place that does not fit. */
  static fromJSON(json: unknown): Memory {
    const { systemPrompt, steps } = readMemory(json);
    return new Memory(systemPrompt, steps);
  }
}

function replayStep(step: MemoryStep): string {
  if (step.type === 'task') return `Task: ${step.task}`;
  if (step.type === 'planning') return `Plan:\n${step.plan}`;
  const lines = [`Step ${step.number}`];
  if (step.text) lines.push(step.text);
  for (const call of step.toolCalls)
    if (step.code === undefined) lines.push(`-> ${call.name}(${JSON.stringify(call.arguments)})`);
  if (step.observations !== undefined) lines.push(step.observations);
  if (step.error) lines.push(`${step.error.type}: ${step.error.message}`);
  return lines.join('\n');
}

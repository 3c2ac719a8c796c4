import { part } from './parts';

export type SourceName = 'recording' | 'endpoint' | 'huggingface' | 'worker' | 'browser';
export type AgentKind = 'team' | 'code' | 'tool-calling';

/** What the form says, without the task. Keys are in it: it is never stored, sent or shown. */
export interface Choices {
  source: SourceName;
  agent: AgentKind;
  /** Names of the tools. */
  tools: readonly string[];
  /** Whether a person is asked before each call. */
  approve: boolean;
  maxSteps: number;
  maxTokens: number;
  maxMinutes: number;
  endpoint: string;
  modelId: string;
  key: string;
}

/** Reads the form as it is now. */
export function readChoices(): Choices {
  const source = chosenSource();
  const isHub = source === 'huggingface';
  const boxes = part('tools', HTMLFieldSetElement).querySelectorAll<HTMLInputElement>('input[value]:checked');
  return {
    source,
    agent: part('agent', HTMLSelectElement).value as AgentKind,
    tools: Array.from(boxes, ({ value }) => value).filter((name) => name !== 'on'),
    approve: part('approve', HTMLInputElement).checked,
    maxSteps: part('max-steps', HTMLInputElement).valueAsNumber,
    maxTokens: part('max-tokens', HTMLInputElement).valueAsNumber,
    maxMinutes: part('max-minutes', HTMLInputElement).valueAsNumber,
    endpoint: text('endpoint') || part('endpoint', HTMLInputElement).placeholder,
    modelId: text(isHub ? 'hub-model' : 'endpoint-model') || 'local',
    key: text(isHub ? 'hub-token' : 'endpoint-key'),
  };
}

export function chosenSource(): SourceName {
  const chosen = document.querySelector<HTMLInputElement>('input[name=source]:checked');
  return (chosen?.value ?? 'recording') as SourceName;
}

/** What is asked for beside the source, and whether the task can be written. */
export function showSource(question: string): void {
  const source = chosenSource();
  for (const block of document.querySelectorAll<HTMLElement>('.of-source'))
    block.hidden = block.dataset.source !== source;
  const isRecording = source === 'recording';
  part('settings', HTMLDetailsElement).hidden = isRecording || source === 'worker';
  for (const id of ['step', 'speed-field']) part(id, HTMLElement).hidden = !isRecording;
  part('run', HTMLButtonElement).textContent = isRecording ? 'Play' : 'Run';
  const task = part('task', HTMLTextAreaElement);
  task.readOnly = isRecording; // the recording answers one question only
  if (isRecording || task.value === '') task.value = question;
}

function text(id: string): string {
  return part(id, HTMLInputElement).value.trim();
}

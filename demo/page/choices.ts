import type { Problem } from './next-thing';
import { part } from './parts';

export type SourceName = 'recording' | 'endpoint' | 'huggingface' | 'worker' | 'browser';
export type AgentKind = 'team' | 'code' | 'tool-calling';

/** What the browser's own model is called. */
export const BROWSER_MODEL = 'the model of this browser';

/** What is said and heard, which the browser's model wants to know. */
export const LANGUAGES = { expectedOutputs: [{ type: 'text', languages: ['en'] }] } as const;

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
  /** Of the endpoint or of Hugging Face. */
  key: string;
  /** Of the server that this page comes from, for its runs, its traces and what web tools read through it. */
  serverToken: string;
  /** Dollars for a million tokens of the model, where the visitor gave both. */
  price: { input: number; output: number } | undefined;
}

const KEY_FIELDS: Partial<Readonly<Record<SourceName, string>>> = {
  endpoint: 'endpoint-key',
  huggingface: 'hub-token',
};

/** Reads the form as it is now. */
export function readChoices(): Choices {
  const source = chosenSource();
  const keyField = KEY_FIELDS[source];
  const isHub = source === 'huggingface';
  const [input, output] = ['price-in', 'price-out'].map((id) => part(id, HTMLInputElement).valueAsNumber);
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
    modelId: source === 'browser' ? BROWSER_MODEL : text(isHub ? 'hub-model' : 'endpoint-model') || 'local',
    key: keyField === undefined ? '' : text(keyField),
    serverToken: text('worker-token'),
    price: input !== undefined && output !== undefined && input >= 0 && output >= 0 ? { input, output } : undefined,
  };
}

export function chosenSource(): SourceName {
  const chosen = document.querySelector<HTMLInputElement>('input[name=source]:checked');
  return (chosen?.value ?? 'recording') as SourceName;
}

/** The first field in the way of a run, in the words of the form; what is not shown for this source stands in nobody's way. */
export function problemOfForm(): Problem | undefined {
  const fields = part('ask', HTMLFormElement).querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(
    'input, textarea',
  );
  const wrong = Array.from(fields).find((field) => !field.closest('[hidden]') && !field.validity.valid);
  if (!wrong) return undefined;
  const settings = wrong.closest('details');
  if (settings) settings.open = true;
  wrong.focus();
  const name = wrong.labels?.[0]?.firstChild?.textContent?.trim() ?? wrong.id;
  return { what: `${name}: ${wrong.validationMessage}`, next: 'Change this field, and press Run again.' };
}

/** What is asked for beside the source, and whether the task can be written. */
export function showSource(recordedTask: string): void {
  const source = chosenSource();
  for (const block of document.querySelectorAll<HTMLElement>('.of-source'))
    block.hidden = block.dataset.source !== source;
  const isRecording = source === 'recording';
  part('settings', HTMLDetailsElement).hidden = isRecording || source === 'worker';
  for (const id of ['step', 'speed-field', 'sample-field']) part(id, HTMLElement).hidden = !isRecording;
  part('run', HTMLButtonElement).textContent = isRecording ? 'Play' : 'Run';
  const task = part('task', HTMLTextAreaElement);
  task.readOnly = isRecording; // the recording answers one question only
  if (isRecording || task.value === '') task.value = recordedTask;
}

function text(id: string): string {
  return part(id, HTMLInputElement).value.trim();
}

/** Whether a model is asked from this page. */
export function isLive({ source }: Pick<Choices, 'source'>): boolean {
  return source !== 'recording' && source !== 'worker';
}

/** The model of this browser, where it has one: some browsers know the interface and have none. */
export async function offerBrowserModel(): Promise<void> {
  const isThere = await globalThis.LanguageModel?.availability(LANGUAGES).catch(() => 'unavailable');
  part('browser-source', HTMLElement).hidden = (isThere ?? 'unavailable') === 'unavailable';
}

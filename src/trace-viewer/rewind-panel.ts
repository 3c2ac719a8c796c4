import { make, setFacts, setText } from './make-node';
import { openLines } from './open-rows';
import { callIdOf, type RewindRequest, rewindAt } from './rewind-place';
import type { TraceRow } from './trace';
import { fill, type Labels } from './viewer-labels';
import { textOf, visible } from './visible-text';

/** Something of a step that can be otherwise. */
interface Choice {
  title: string;
  text: string;
  /** The text is JSON, and what is written in its place is read as such, where it is JSON. */
  isJson?: boolean;
  edits(text: string): RewindRequest['edits'];
}

type OnRewind = (request: RewindRequest) => void;

/** Puts a form at the top of the details that asks what is to be otherwise from this step on, and gives it to `onRewind`. */
export function askForEdits(step: TraceRow, details: HTMLElement, labels: Labels, onRewind: OnRewind): void {
  details.querySelector('form')?.remove();
  const form = formOf(step, labels, onRewind);
  details.firstElementChild?.after(form);
  form.querySelector('select')?.focus();
}

function formOf(step: TraceRow, labels: Labels, onRewind: OnRewind): HTMLElement {
  const choices = choicesOf(step, labels);
  const choice = make('select', {}, ...choices.map(({ title }, index) => make('option', { value: index }, title)));
  const field = make('textarea', { rows: 6, 'aria-label': labels.rewindText, spellcheck: 'false' });
  const note = make('p', { class: 'facts', role: 'status' });
  const chosen = () => choices[choice.selectedIndex];
  const tell = () => {
    const { isJson = false } = chosen() ?? {};
    setText(note, isJson ? (parsed(field.value) ? labels.rewindJson : labels.rewindNoJson) : '');
  };
  const show = () => {
    field.value = chosen()?.text ?? '';
    setFacts(field, { hidden: choice.selectedIndex === 0 });
    tell();
  };
  choice.addEventListener('change', show);
  field.addEventListener('input', tell);
  show();
  const form = make(
    'form',
    { class: 'rewind-form', part: 'rewind' },
    make('p', { class: 'facts' }, fill(labels.rewindKept, step.step ?? '')),
    make('label', {}, labels.rewindWhat, choice),
    field,
    note,
    make('button', {}, fill(labels.rewindRun, step.step ?? '')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault(); // nothing leaves the page
    const request = rewindAt(step, chosen()?.edits(field.value) ?? {});
    if (request) onRewind(request);
  });
  return form;
}

function choicesOf(step: TraceRow, labels: Labels): Choice[] {
  const { code } = step.details();
  const reply = replyOf(step);
  const below = openLines(step.children, new Set(), undefined).map(({ row }) => row);
  const calls = below.filter(
    ({ kind, path }) => path.length === step.path.length + (kind === 'agent' ? 1 : 0) && /^(tool|agent)$/.test(kind),
  );
  const choices: Choice[] = [
    { title: labels.rewindNothing, text: '', edits: () => ({}) },
    { title: labels.task, text: taskOf(step), edits: (text) => ({ task: text }) },
  ];
  if (code !== undefined) choices.push({ title: labels.code, text: code, edits: (text) => ({ code: text }) });
  if (reply) choices.push({ title: labels.reply, text: reply.text, edits: (text) => ({ reply: text }) });
  for (const call of calls) {
    const id = callIdOf(call);
    const title = fill(labels.resultOf, visible(call.label.slice(0, 80)));
    const { result, answer } = call.details();
    const value = result ?? answer ?? '';
    const isJson = typeof value !== 'string';
    const given = (edited: string) => (isJson ? (parsed(edited)?.value ?? edited) : edited);
    if (id !== undefined)
      choices.push({ title, text: textOf(value), isJson, edits: (edited) => ({ results: { [id]: given(edited) } }) });
  }
  return [...choices, ...earlierChoices(step, labels)];
}

/** Messages that the model has read when this step begins. */
function earlierChoices({ parent, step: number = 0 }: TraceRow, labels: Labels): Choice[] {
  const before = (parent?.children ?? []).filter(({ kind, step = number }) => kind === 'step' && step < number);
  return before.flatMap((row): Choice[] => {
    const at = row.step ?? 0;
    const said = replyOf(row)?.text;
    const { observations: seen } = row.details();
    const choice = (
      label: string,
      text: string,
      words: (text: string) => { said?: string; seen?: string },
    ): Choice => ({
      title: `${fill(labels.rewindStep, at)}: ${label}`,
      text,
      edits: (edited) => ({ earlier: { [at]: words(edited) } }),
    });
    return [
      ...(said === undefined ? [] : [choice(labels.reply, said, (edited) => ({ said: edited }))]),
      ...(seen === undefined ? [] : [choice(labels.observations, seen, (edited) => ({ seen: edited }))]),
    ];
  });
}

/** What the agent whose step it is was asked. */
function taskOf(step: TraceRow): string {
  let agent = step.parent;
  while (agent && agent.kind !== 'agent') agent = agent.parent;
  return agent?.details().task ?? '';
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function replyOf(step: TraceRow) {
  const model = step.children.find(({ kind }) => kind === 'model');
  return model?.details().messages.findLast(({ isNew }) => isNew);
}

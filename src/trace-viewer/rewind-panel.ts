import { make, setFacts } from './make-node';
import { openLines } from './open-rows';
import type { TraceRow } from './trace';
import { fill, type Labels } from './viewer-labels';
import { textOf, visible } from './visible-text';

/** What a run is gone on with, as `ForkEdits` of the SDK: of `reply`, `code` and `results` at most one. */
export interface RewindRequest {
  /** Number of the step before which the run goes on. */
  step: number;
  edits: {
    task?: string;
    earlier?: Readonly<Record<number, { said?: string; seen?: string }>>;
    reply?: string;
    code?: string;
    results?: Readonly<Record<string, unknown>>;
  };
}

/** Something of a step that can be otherwise. */
interface Choice {
  title: string;
  text: string;
  edits(text: string): RewindRequest['edits'];
}

/** A form that asks what is to be otherwise from this step on, and gives it to `onRewind`. */
export function rewindPanel(
  step: TraceRow,
  task: string,
  labels: Labels,
  onRewind: (request: RewindRequest) => void,
): HTMLElement {
  const choices = choicesOf(step, task, labels);
  const choice = make('select', {}, ...choices.map(({ title }, index) => make('option', { value: index }, title)));
  const field = make('textarea', { rows: 6, 'aria-label': labels.rewindText, spellcheck: 'false' });
  const chosen = () => choices[choice.selectedIndex];
  const show = () => {
    field.value = chosen()?.text ?? '';
    setFacts(field, { hidden: choice.selectedIndex === 0 });
  };
  choice.addEventListener('change', show);
  show();
  const form = make(
    'form',
    { class: 'rewind-form', part: 'rewind' },
    make('p', { class: 'facts' }, fill(labels.rewindKept, step.step ?? '')),
    make('label', {}, labels.rewindWhat, choice),
    field,
    make('button', {}, fill(labels.rewindRun, step.step ?? '')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault(); // nothing leaves the page
    onRewind({ step: step.step ?? 1, edits: chosen()?.edits(field.value) ?? {} });
  });
  return form;
}

function choicesOf(step: TraceRow, task: string, labels: Labels): Choice[] {
  const { code } = step.details();
  const reply = replyOf(step);
  const below = openLines(step.children, new Set(), undefined).map(({ row }) => row);
  const calls = below.filter(
    ({ kind, path }) => path.length === step.path.length + (kind === 'agent' ? 1 : 0) && /^(tool|agent)$/.test(kind),
  );
  const choices: Choice[] = [
    { title: labels.rewindNothing, text: '', edits: () => ({}) },
    { title: labels.task, text: task, edits: (text) => ({ task: text }) },
  ];
  if (code !== undefined) choices.push({ title: labels.code, text: code, edits: (text) => ({ code: text }) });
  if (reply) choices.push({ title: labels.reply, text: reply.text, edits: (text) => ({ reply: text }) });
  for (const call of calls) {
    const id = callIdOf(call);
    const title = fill(labels.resultOf, visible(call.label.slice(0, 80)));
    const { result, answer } = call.details();
    const text = textOf(result ?? answer ?? '');
    if (id !== undefined) choices.push({ title, text, edits: (edited) => ({ results: { [id]: edited } }) });
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

function replyOf(step: TraceRow) {
  const model = step.children.find(({ kind }) => kind === 'model');
  return model?.details().messages.findLast(({ isNew }) => isNew);
}

function callIdOf(call: TraceRow): string | undefined {
  const { attributes } = call.details();
  const id = attributes['gen_ai.tool.call.id'] ?? attributes['tool_call.id'];
  return typeof id === 'string' ? id : undefined;
}

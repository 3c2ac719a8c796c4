import { count, dollars, seconds } from './figures';
import { leadError } from './lead-error';
import { make, setFacts, setText } from './make-node';
import { ownSteps } from './own-steps';
import type { Outcome, Trace, TraceRow } from './trace';
import { fill, type Labels } from './viewer-labels';
import { textOf, visible } from './visible-text';

const MAX_TEXT = 400; // characters of a task, an answer or an error: the rest is in the details

/** The run in one sentence: its task, what it came to, what it took, and the error that tells most as a button. */
export class RunHeader {
  readonly node: HTMLElement;
  readonly #task = make('h2', { part: 'task', dir: 'auto' });
  readonly #chip = make('span', { class: 'chip', part: 'outcome' });
  readonly #answer = make('b', { class: 'answer', dir: 'auto' });
  readonly #facts = make('span', { class: 'facts' });
  readonly #error = make('button', { class: 'error-button', part: 'error-button', dir: 'auto' });
  readonly #labels: Labels;

  constructor(labels: Labels, onError: () => void) {
    this.#labels = labels;
    this.#error.addEventListener('click', onError);
    const line = make('p', { class: 'outcome' }, this.#chip, this.#answer, this.#facts);
    this.node = make('div', { class: 'run', part: 'header' }, this.#task, line, this.#error);
  }

  show(trace: Trace): void {
    const first = leadError(trace);
    setText(this.#task, short(trace.task));
    setFacts(this.#task, { title: visible(trace.task.slice(0, 4000)) });
    setText(this.#chip, outcomeText(trace, this.#labels));
    setFacts(this.#chip, { 'data-outcome': trace.outcome });
    setText(this.#answer, trace.answer === undefined ? '' : short(textOf(trace.answer)));
    setText(this.#facts, this.#factsOf(trace));
    const message = first ? short(sentenceOf(first)) : '';
    setFacts(this.#error, { hidden: !first, 'data-state': first?.state, title: message });
    setText(this.#error, fill(this.#labels.errorButton, errorCount(trace, this.#labels), message));
  }

  #factsOf({ roots, startMs, endMs }: Trace): string {
    const { tokensInOut, atLeast } = this.#labels;
    const sum = (of: (row: TraceRow) => number) => roots.reduce((total, row) => total + of(row), 0);
    const input = sum(({ below }) => below.inputTokens);
    const output = sum(({ below }) => below.outputTokens);
    const cost = sum(({ below }) => below.cost ?? 0);
    const known = (text: string) => (sum(({ below }) => below.uncountedCalls ?? 0) > 0 ? fill(atLeast, text) : text);
    const steps = ownSteps(roots);
    const facts = [
      seconds(endMs - startMs),
      input + output > 0 &&
        `${this.#labels.tokens.toLowerCase()} ${known(fill(tokensInOut, count(input), count(output)))}`,
      cost > 0 && known(dollars(cost)),
      steps > 0 && (steps === 1 ? this.#labels.oneStep : fill(this.#labels.steps, steps)),
    ];
    return facts.filter(Boolean).join(' · ');
  }
}

/** What became of the run, in words. */
export function outcomeText(trace: Trace, labels: Labels): string {
  const { outcome, stoppedBy } = trace;
  const reasons: Record<string, string> = {
    max_steps_error: labels.byMaxSteps,
    budget: labels.byBudget,
    interrupted: labels.byPerson,
  };
  const step = lastStep(trace);
  const texts: Record<Outcome, string> = {
    running: step === undefined ? labels.running : fill(labels.runningStep, step),
    answered: answeredText(trace, labels),
    failed: labels.failed,
    stopped: fill(labels.stopped, visible(reasons[stoppedBy ?? ''] ?? stoppedBy ?? '')),
    waiting: labels.waiting,
  };
  return texts[outcome];
}

/** A trace may tell that a run is over, and not what it came to. */
function answeredText(trace: Trace, labels: Labels): string {
  if (trace.answer === undefined) return labels.ended;
  return trace.errors.length === 0 ? labels.answered : fill(labels.answeredAfter, errorCount(trace, labels));
}

/** The sentence of a row's error. */
export function sentenceOf({ reason, label }: TraceRow): string {
  return visible(reason || label);
}

function errorCount({ errors }: Trace, labels: Labels): string {
  return errors.length === 1 ? labels.oneError : fill(labels.errors, errors.length);
}

function lastStep({ roots }: Trace): number | undefined {
  return roots.at(-1)?.children.findLast(({ kind }) => kind === 'step')?.step;
}

function short(text: string): string {
  const shown = visible(text.slice(0, MAX_TEXT));
  return text.length > MAX_TEXT ? `${shown}…` : shown;
}

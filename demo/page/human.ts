import type { HumanAnswer, WaitingCall } from 'smolagents-web';
import { visible } from 'smolagents-web/trace-viewer';
import { element, part } from './parts';

/** What a person is asked with. */
export interface Asking {
  /** Title of the run that waits. */
  title: string;
  signal: AbortSignal;
  /** What was answered before, and why that was not taken. */
  refused?: { answer: HumanAnswer | undefined; message: string } | undefined;
}

/** Characters that are not seen, are no plain blank, or turn the order of others; in JSON their numbers mean the same. */
const UNSEEN = /(?![ \n])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}]/gu;

/** Asks the person at the page about a call that waits. Rejects with the signal's reason. */
export async function askHuman(call: WaitingCall, asking: Asking): Promise<HumanAnswer> {
  const form = part('human', HTMLFormElement);
  try {
    return await asked(form, call, asking);
  } finally {
    const wasHere = form.contains(document.activeElement);
    form.hidden = true;
    form.replaceChildren();
    if (wasHere) part('stop', HTMLButtonElement).focus(); // else the keyboard would be at the top of the page again
  }
}

function asked(form: HTMLFormElement, call: WaitingCall, { title, signal, refused }: Asking): Promise<HumanAnswer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    const who = `In “${title}”: ${visible(call.path.at(-1) ?? 'the agent')}`;
    const parts = call.kind === 'input' ? question(who, call) : approval(who, call, refused, resolve);
    form.replaceChildren(...parts);
    form.onsubmit = (event) => {
      event.preventDefault();
      const data = new FormData(form);
      if (call.kind === 'input') resolve({ answer: String(data.get('answer')) });
      else if (event.submitter) resolve({ refuse: reasonIn(data) });
    };
    const isFree = isFocusFree();
    form.hidden = false;
    if (isFree) (form.querySelector<HTMLElement>('[name=answer]') ?? form).focus(); // never Allow: keys that were meant for something else would press it
    if (refused) form.querySelector('textarea')?.reportValidity();
  });
}

/** Whether nobody is writing or reading anywhere else. */
function isFocusFree(): boolean {
  const { activeElement, body } = document;
  return !activeElement || activeElement === body || ['run', 'stop'].includes(activeElement.id);
}

function question(who: string, { question = '' }: WaitingCall): Node[] {
  const field = element('input', { name: 'answer', required: '' });
  const words = element('span', { class: 'question' }, `${who} asks: ${visible(question)}`);
  return [
    element('label', { class: 'field' }, words, field),
    element('div', { class: 'buttons' }, element('button', { class: 'primary' }, 'Answer')),
  ];
}

/** Only a press on Allow allows; Enter in the reason refuses, since Refuse is the one button that submits. */
function approval(
  who: string,
  { name, arguments: given }: WaitingCall,
  refused: Asking['refused'],
  allow: (answer: HumanAnswer) => void,
): Node[] {
  const field = element('textarea', { name: 'arguments', rows: '3', spellcheck: 'false' });
  const edited = refused?.answer && 'allow' in refused.answer ? refused.answer.arguments : undefined;
  field.value = asWritten(edited ?? given);
  field.setCustomValidity(refused?.message ?? '');
  field.addEventListener('input', () =>
    field.setCustomValidity(argumentsOf(field.value) ? '' : 'Write a JSON object, such as {"query": "..."}'),
  );
  const button = element('button', { type: 'button', class: 'primary' }, 'Allow');
  button.addEventListener('click', ({ detail }) => {
    if (detail > 1) return; // the second half of a double click was meant for the call before
    const now = field.reportValidity() ? argumentsOf(field.value) : undefined; // the field says why
    if (now) allow({ allow: true, ...(asWritten(now) !== asWritten(given) && { arguments: now }) });
  });
  return [
    element(
      'p',
      {},
      `${who} wants to call ${visible(name)}. It runs when you allow it; you may change what it is given.`,
    ),
    element('label', { class: 'field' }, 'Arguments', field),
    element(
      'div',
      { class: 'buttons' },
      button,
      element('button', { formnovalidate: '' }, 'Refuse'),
      element('label', {}, 'because ', element('input', { name: 'reason' })),
    ),
  ];
}

function reasonIn(data: FormData): string {
  return String(data.get('reason') ?? '').trim() || 'The user refused this call.';
}

/** As JSON in which every character is seen. */
function asWritten(value: Readonly<Record<string, unknown>>): string {
  const numbered = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, 1).replace(UNSEEN, (character) => character.replace(/[\s\S]/g, numbered));
}

function argumentsOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

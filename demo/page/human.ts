import type { HumanAnswer, HumanAnswers, WaitingCall } from 'smolagents-web';
import { element, part } from './parts';

/** Asks the person at the page about every call that waits. Rejects with the signal's reason. */
export async function askHuman(calls: readonly WaitingCall[], signal: AbortSignal): Promise<HumanAnswers> {
  const form = part('human', HTMLFormElement);
  const answers: Record<string, HumanAnswer> = {};
  try {
    for (const call of calls) answers[call.callId] = await asked(form, call, signal);
  } finally {
    form.hidden = true;
    form.replaceChildren();
  }
  return answers;
}

function asked(form: HTMLFormElement, call: WaitingCall, signal: AbortSignal): Promise<HumanAnswer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    form.replaceChildren(...(call.kind === 'input' ? question(call) : approval(call)));
    form.onsubmit = (event) => {
      event.preventDefault();
      const refuses = event.submitter?.dataset.answer === 'refuse';
      const answer = refuses ? { refuse: refusalOf(form) } : answerOf(form, call);
      if (answer) resolve(answer);
    };
    form.hidden = false;
    form.querySelector<HTMLElement>('input, button')?.focus();
  });
}

function question({ question = '', path }: WaitingCall): Node[] {
  const field = element('input', { name: 'answer', required: '' });
  const who = path.at(-1) ?? 'The agent';
  return [
    element('label', { class: 'field' }, `${who} asks: ${question}`, field),
    element('div', { class: 'buttons' }, element('button', { class: 'primary' }, 'Answer')),
  ];
}

function approval({ name, arguments: given, path }: WaitingCall): Node[] {
  const text = JSON.stringify(given, null, 1);
  const field = element('textarea', { name: 'arguments', rows: '3', spellcheck: 'false' });
  field.value = text;
  field.addEventListener('input', () =>
    field.setCustomValidity(argumentsOf(field.value) ? '' : 'Write a JSON object, such as {"query": "..."}'),
  );
  const who = path.at(-1) ?? 'The agent';
  return [
    element('p', {}, `${who} wants to call ${name}. It runs when you allow it; you may change what it is given.`),
    element('label', { class: 'field' }, 'Arguments', field),
    element(
      'div',
      { class: 'buttons' },
      element('button', { class: 'primary' }, 'Allow'),
      element('button', { 'data-answer': 'refuse', formnovalidate: '' }, 'Refuse'),
      element('label', {}, 'because ', element('input', { name: 'reason' })),
    ),
  ];
}

function answerOf(form: HTMLFormElement, { kind, arguments: before }: WaitingCall): HumanAnswer | undefined {
  const data = new FormData(form);
  if (kind === 'input') return { answer: String(data.get('answer')) };
  const given = argumentsOf(String(data.get('arguments')));
  if (!given) return undefined; // the field says so
  const isSame = JSON.stringify(given) === JSON.stringify(before);
  return { allow: true, ...(!isSame && { arguments: given }) };
}

function refusalOf(form: HTMLFormElement): string {
  return String(new FormData(form).get('reason') ?? '').trim() || 'The user refused this call.';
}

function argumentsOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

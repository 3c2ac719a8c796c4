import { make } from './make-node';

/** Copies a text; where the page may not use the clipboard, through a selection. False where neither works. */
export async function copyText(text: string, near: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = make('textarea', { class: 'unseen' });
    field.value = text;
    near.after(field);
    field.select();
    const isDone = document.execCommand('copy');
    field.remove();
    near.focus();
    return isDone;
  }
}

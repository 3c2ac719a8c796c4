import { make } from './make-node';
import type { Labels } from './viewer-labels';

/** What stands in the place of a run that is on its way. */
export function waitNotice(text: string): HTMLElement {
  return notice(make('p', { role: 'status' }, text));
}

/** What stands where there is no run: how to open one, and why the last one could not be. */
export function emptyNotice({ empty, emptyKinds, openFile }: Labels, open: () => void, problem?: string): HTMLElement {
  return notice(
    ...(problem === undefined ? [] : [make('p', { class: 'problem', role: 'alert' }, problem)]),
    make('p', {}, empty),
    make('p', { class: 'facts' }, emptyKinds),
    make('button', { click: open }, openFile),
  );
}

function notice(...parts: HTMLElement[]): HTMLElement {
  return make('div', { class: 'empty', part: 'empty' }, ...parts);
}

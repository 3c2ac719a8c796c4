import { part } from './parts';

/**
 * Keys that work wherever the focus is: Ctrl+Enter or ⌘+Enter sends off the form that it is in, where nothing has the focus the one that
 * begins a run; Escape calls `stop`. A key that is held presses a button once: the next button may have the focus by then.
 */
export function hearKeys(stop: () => void): void {
  document.addEventListener('keydown', (event) => {
    const [target] = event.composedPath();
    if (!(target instanceof Element)) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault(); // in some fields the browser would send it off as well
      const form = target === document.body ? part('ask', HTMLFormElement) : target.closest('form');
      if (!event.repeat) form?.requestSubmit();
    } else if (event.key === 'Enter' && event.repeat && target instanceof HTMLButtonElement) event.preventDefault();
    else if (event.key === 'Escape' && !event.defaultPrevented && !isField(target)) stop();
  });
}

/** Escape leaves a field, such as the viewer's search, and ends no run there. */
function isField(target: Element): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}

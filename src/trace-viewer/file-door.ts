import { make } from './make-node';

/** Hears of files that a person drops on the element; while they are held above it, what it shows has the class `dropping`. */
export function hearFiles(host: HTMLElement, root: ShadowRoot, take: (files: readonly File[]) => void): void {
  const over = (event: DragEvent, isOver: boolean) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    root.firstElementChild?.classList.toggle('dropping', isOver);
  };
  host.addEventListener('dragover', (event) => over(event, true));
  host.addEventListener('dragleave', (event) => over(event, false));
  host.addEventListener('drop', (event) => {
    over(event, false);
    take([...(event.dataTransfer?.files ?? [])]);
  });
}

/** Has a person choose a file. */
export function chooseFile(take: (files: readonly File[]) => void): void {
  const field = make('input', { type: 'file' });
  field.addEventListener('change', () => take([...(field.files ?? [])]));
  field.click();
}

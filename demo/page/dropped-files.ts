/** A file that is dropped anywhere on the page is given to `open`: what is on show stays, and the browser does not leave the page. */
export function takeFiles(open: (file: File) => void): void {
  const isOfFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') === true;
  document.addEventListener('dragover', (event) => {
    if (isOfFiles(event)) event.preventDefault();
  });
  document.addEventListener('drop', (event) => {
    if (!isOfFiles(event) || event.defaultPrevented) return; // a viewer has told of it
    event.preventDefault();
    for (const file of event.dataTransfer?.files ?? []) open(file);
  });
}

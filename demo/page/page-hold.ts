/** The browser asks whoever leaves or reloads the page from now on: the run would be lost with it. */
export function holdPage(): void {
  addEventListener('beforeunload', refuse);
}

export function letPageGo(): void {
  removeEventListener('beforeunload', refuse);
}

function refuse(event: Event): void {
  event.preventDefault();
}

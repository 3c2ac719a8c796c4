/** A window, or what stands in for one: where `pagehide` and `visibilitychange` arrive. */
export interface PageTarget {
  readonly document?: { readonly visibilityState: string };
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** What a page tells before it goes. */
export interface PageExit {
  /** The page is no longer seen: on a phone often the last that is heard of it. */
  onHidden(): void;
  /** The page is left. */
  onLeave(): void;
}

/** Listens to the page, by default to the one at hand, where there is one. Returns how to stop. */
export function watchPageExit(page: PageTarget | undefined, { onHidden, onLeave }: PageExit): () => void {
  const target = page ?? ownPage();
  if (!target) return () => {};
  const onVisibility = () => {
    if (target.document?.visibilityState === 'hidden') onHidden();
  };
  target.addEventListener('pagehide', onLeave);
  target.addEventListener('visibilitychange', onVisibility); // sent to the document, from where it rises
  return () => {
    target.removeEventListener('pagehide', onLeave);
    target.removeEventListener('visibilitychange', onVisibility);
  };
}

/** A Web Worker is no page: it has no document. */
function ownPage(): PageTarget | undefined {
  return isPage(globalThis) ? globalThis : undefined;
}

/** Types of `src` know no page. */
function isPage(global: object): global is PageTarget {
  return 'document' in global && 'addEventListener' in global;
}

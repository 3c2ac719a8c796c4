/** A window, or what stands in for one: where the events of a page arrive. */
export interface PageTarget {
  readonly document?: { readonly visibilityState: string };
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** What a page tells before it goes, and when it is back. */
export interface PageExit {
  /** The page is no longer seen: on a phone often the last that is heard of it. */
  onHidden(): void;
  /** The page is left. */
  onLeave(): void;
  /** The page is shown again after it was left, or it has a network again. */
  onBack(): void;
}

/** The page that this runs in, where it does. */
export function pageAtHand(): PageTarget | undefined {
  return isPage(globalThis) ? globalThis : undefined;
}

/** Listens to a page, where there is one. Returns how to stop. */
export function watchPageExit(target: PageTarget | undefined, { onHidden, onLeave, onBack }: PageExit): () => void {
  const onVisibility = () => {
    if (target?.document?.visibilityState === 'hidden') onHidden();
  };
  const listeners = {
    pagehide: onLeave,
    visibilitychange: onVisibility, // sent to the document, from where it rises
    pageshow: onBack,
    online: onBack,
  };
  for (const [type, listener] of Object.entries(listeners)) target?.addEventListener(type, listener);
  return () => {
    for (const [type, listener] of Object.entries(listeners)) target?.removeEventListener(type, listener);
  };
}

/** Types of `src` know no page. A Web Worker is none: it has no document. */
function isPage(global: object): global is PageTarget {
  return 'document' in global && 'addEventListener' in global;
}

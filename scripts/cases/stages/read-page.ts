import type { AgentTrace } from 'smolagents-web/trace-viewer';
import type { Shown } from '../rendering/shown';

/** What a page has to see, with every row of the viewer in front selected and all its folds open; instructions link their own examples. */
export async function readPage(): Promise<Pick<Shown, 'text' | 'links'>> {
  await frames();
  const viewer = viewerInFront();
  const root = viewer.shadowRoot;
  if (!root) throw new Error('the page has no viewer');
  const texts: string[] = [];
  const links = new Map<string, Shown['links'][number]>();
  for (const id of viewer.trace?.rows.keys() ?? []) {
    viewer.setAttribute('span', id);
    await openAll(root);
    for (const node of root.querySelectorAll('*')) node.dispatchEvent(new MouseEvent('mouseover'));
    const [whole] = root.children;
    if (whole instanceof HTMLElement) texts.push(whole.innerText);
    const anchors = [...root.querySelectorAll('a'), ...document.querySelectorAll('a')];
    for (const link of anchors.filter((one) => !one.closest('[data-role=system]')))
      links.set(link.href, { address: link.getAttribute('href') ?? '', text: link.textContent ?? '', rel: link.rel });
  }
  texts.push(document.body.innerText); // without what is in viewers
  return { text: texts.join('\n'), links: [...links.values()] };
}

/** The viewer that is to be seen; of several tabs the open one's. */
export function viewerInFront(): AgentTrace {
  const viewers = [...document.querySelectorAll<AgentTrace>('agent-trace')];
  const viewer = viewers.find((one) => !one.closest('[hidden]'));
  if (!viewer) throw new Error('the page has no viewer');
  return viewer;
}

/** Opens the folds, those in them too, and shows what was cut. */
async function openAll(root: ShadowRoot): Promise<void> {
  for (let closed = 1; closed > 0; ) {
    const folds = [...root.querySelectorAll('details:not([open])')];
    for (const fold of folds) fold.setAttribute('open', '');
    closed = folds.length;
    await frames();
  }
  for (const button of root.querySelectorAll<HTMLElement>('.more')) button.click();
}

/** Until what was asked for has been drawn. */
function frames(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
}

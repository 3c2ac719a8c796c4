import { AgentTrace, defineAgentTrace } from 'smolagents-web/trace-viewer';
import type { RunToShow, Shown } from '../rendering/shown';

defineAgentTrace();
Object.assign(globalThis, { readRun }); // the runner calls it from outside the page

/** Shows the run in the page's viewer, looks at every row with all its folds open, and takes down what is to be seen. */
async function readRun(run: RunToShow): Promise<Pick<Shown, 'text' | 'links'>> {
  const viewer = document.querySelector('agent-trace');
  if (!(viewer instanceof AgentTrace) || !viewer.shadowRoot) throw new Error('the page has no viewer');
  if ('file' in run) await viewer.load(run.file);
  else for (const event of run.events) viewer.add(event);
  await frames();
  const texts: string[] = [];
  const links = new Map<string, Shown['links'][number]>();
  for (const id of viewer.trace?.rows.keys() ?? []) {
    viewer.setAttribute('span', id);
    await openAll(viewer.shadowRoot);
    for (const node of viewer.shadowRoot.querySelectorAll('*')) node.dispatchEvent(new MouseEvent('mouseover'));
    const [whole] = viewer.shadowRoot.children;
    if (whole instanceof HTMLElement) texts.push(whole.innerText);
    for (const link of viewer.shadowRoot.querySelectorAll('a'))
      links.set(link.href, { address: link.getAttribute('href') ?? '', text: link.textContent ?? '', rel: link.rel });
  }
  return { text: texts.join('\n'), links: [...links.values()] };
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

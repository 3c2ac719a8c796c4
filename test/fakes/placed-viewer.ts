import { AgentTrace } from 'smolagents-web/trace-viewer';

/** A viewer in the page, and what it shows. */
export function place() {
  const viewer = new AgentTrace();
  document.body.append(viewer);
  const root = viewer.shadowRoot as ShadowRoot;
  return {
    ...{ viewer, root },
    rows: () => [...root.querySelectorAll<HTMLElement>('.sheet [role=row]')],
    text: (selector: string) => root.querySelector<HTMLElement>(selector)?.innerText ?? '',
  };
}

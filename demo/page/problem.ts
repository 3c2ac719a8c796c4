import { visible } from 'smolagents-web/trace-viewer';
import type { Problem } from './next-thing';
import { element, part } from './parts';

/** Says what to do in bold, and what happened below it. */
export function showProblem({ what, next }: Problem): void {
  const place = part('problem', HTMLElement);
  place.replaceChildren(element('strong', {}, visible(next)), element('p', {}, visible(what)));
  place.hidden = false;
}

export function hideProblem(): void {
  part('problem', HTMLElement).hidden = true;
}

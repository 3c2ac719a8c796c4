import type { Problem } from './next-thing';
import { element, part } from './parts';

/** Says what to do in bold, and what happened below it. */
export function showProblem({ what, next }: Problem): void {
  const place = part('problem', HTMLElement);
  place.replaceChildren(element('strong', {}, next), element('p', {}, what));
  place.hidden = false;
}

export function hideProblem(): void {
  part('problem', HTMLElement).hidden = true;
}

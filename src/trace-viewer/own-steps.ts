import type { Trace } from './trace';

/** How many steps the runs themselves took; those of the agents that they managed are these agents' own. */
export function ownSteps(roots: Trace['roots']): number {
  return roots.flatMap(({ children }) => children).filter(({ kind }) => kind === 'step').length;
}
